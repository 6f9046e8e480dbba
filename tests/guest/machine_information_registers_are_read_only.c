/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* What a machine says of itself can be read in M mode, never written, and not seen from below: mvendorid in 32 bits
 * (norm:mvendorid_sz_acc_op, norm:mvendorid_always_rd), marchid (norm:marchid_sz_acc_op, norm:marchid_always_rd), mimpid
 * (norm:mimpid_always_rd), mhartid, unique and somewhere 0 (norm:mhartid_sz_acc_op, norm:mhartid_always_rd,
 * norm:mhartid_unique, norm:mhartid_one_is_zero), mconfigptr (norm:mconfigptr_mandatory, norm:mconfigptr_sz_acc,
 * norm:mconfigptr_align). */
/* cpus: 4 */
#include "lib/together.h"

static uint64_t present; /* a bit for each hart */

#define CHECK(name, number)                                                                                            \
    do {                                                                                                               \
        uint64_t value = 0;                                                                                            \
        expect(number, TRY("csrr %0, " #name, value, 0), NO_TRAP);                                                     \
        uint64_t before = value;                                                                                       \
        expect(number + 1, TRY("csrw " #name ", %0", value, 0), CAUSE_ILLEGAL);                                        \
        expect(number + 2, TRY("csrrs %0, " #name ", %0", value, 0), CAUSE_ILLEGAL);                                   \
        expect(number + 3, TRY("csrrs %0, " #name ", x0", value, 0), NO_TRAP);                                         \
        expect(number + 4, value, before);                                                                             \
        expect(number + 5, run_in(MODE_S, from_below_##name, 0), CAUSE_ILLEGAL);                                       \
    } while (0)

#define FROM_BELOW(name)                                                                                               \
    static uint64_t from_below_##name(uint64_t value)                                                                  \
    {                                                                                                                  \
        return TRY("csrr %0, " #name, value, 0);                                                                       \
    }

FROM_BELOW(mvendorid)
FROM_BELOW(marchid)
FROM_BELOW(mimpid)
FROM_BELOW(mhartid)
FROM_BELOW(mconfigptr)

static void work(void)
{
    uint64_t bit = UINT64_C(1) << CSR_READ(mhartid);
    expect(1, __atomic_fetch_or(&present, bit, __ATOMIC_SEQ_CST) & bit, 0);
}

void test(void)
{
    uint64_t harts = work_together(4);
    expect(2, __builtin_popcountll(present), harts);
    expect(3, present & 1, 1);
    expect(4, CSR_READ(mvendorid) >> 32, 0);
    expect(5, CSR_READ(mconfigptr) % 8, 0);
    CHECK(mvendorid, 10);
    CHECK(marchid, 20);
    CHECK(mimpid, 30);
    CHECK(mhartid, 40);
    CHECK(mconfigptr, 50);
}
