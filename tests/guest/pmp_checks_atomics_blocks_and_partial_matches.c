/* SPDX-License-Identifier: MIT */
/* LR needs PMP's R, SC and AMO its W (norm:pmp_load_fault, norm:pmp_store_fault); cache-block
 * management is fine with either and faults as a store (norm:cbm_access, norm:cbm_unperm_fault),
 * cbo.zero needs W. An access that an entry covers in part fails, whatever the entry allows
 * (norm:pmp_full_match_required); the rest of a page is not touched by it. */
/* qemu: no, it reports an AMO as a load */
#include "lib/try_as.h"

#define NAPOT 0x18
#define NA4 0x10
#define R 1
#define RW 3
#define BLOCK 64

static uint64_t memory[PAGE / 8] __attribute__((aligned(PAGE)));

#define AS_S(instruction)                                                                                              \
    ({                                                                                                                 \
        uint64_t as_s_value = 0;                                                                                       \
        TRY_AS(MODE_S, instruction, as_s_value, at);                                                                   \
    })

static void set(uint64_t cfg0, uint64_t address0)
{
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, address0);
    CSR_WRITE(pmpaddr1, UINT64_MAX);
    CSR_WRITE(pmpcfg0, (NAPOT | 7) << 8 | cfg0);
    sfence_all();
}

static void whole_block(uint64_t permissions, uint64_t load, uint64_t store, uint64_t manage)
{
    uint64_t at = (uint64_t)memory + 2 * BLOCK;
    set(NAPOT | permissions, at >> 2 | (BLOCK / 8 - 1));
    for (unsigned warm = 0; warm < 2; warm++) {
        expect(1, AS_S("lr.d %0, (%1)"), load);
        expect(2, AS_S("amoadd.d %0, %0, (%1)"), store);
        expect(3, AS_S("lr.w t2, (%1)\n sc.w %0, t2, (%1)"), load != NO_TRAP ? load : store);
        expect(4, AS_S("cbo.clean (%1)"), manage);
        expect(5, AS_S("cbo.flush (%1)"), manage);
        expect(6, AS_S("cbo.inval (%1)"), manage);
        expect(7, AS_S("cbo.zero (%1)"), store);
        if (store != NO_TRAP)
            expect(8, self()->tval, at);
        at += 8;
        expect(9, AS_S("fld ft0, (%1)"), load);
        expect(10, AS_S("fsd ft0, (%1)"), store);
        at -= 8;
    }
}

/* The entry covers one half of the doubleword. */
static void partial(uint64_t half)
{
    uint64_t at = (uint64_t)memory + 8;
    set(NA4 | 7, (at + half) >> 2);
    for (unsigned warm = 0; warm < 2; warm++) {
        expect(20, AS_S("ld %0, (%1)"), CAUSE_LOAD_ACCESS);
        expect(21, self()->tval, at);
        expect(22, AS_S("sd %0, (%1)"), CAUSE_STORE_ACCESS);
        expect(23, AS_S("fld ft0, (%1)"), CAUSE_LOAD_ACCESS);
        expect(24, AS_S("amoadd.d %0, %0, (%1)"), CAUSE_STORE_ACCESS);
        expect(25, AS_S("lr.d %0, (%1)"), CAUSE_LOAD_ACCESS);
        expect(26, AS_S("lw %0, (%1)"), NO_TRAP);
        expect(27, AS_S("lw %0, 4(%1)"), NO_TRAP);
        expect(28, AS_S("ld %0, 8(%1)"), NO_TRAP);
        expect(29, AS_S("ld %0, -8(%1)"), NO_TRAP);
    }
    uint64_t value = 0;
    expect(30, try_load((void *)at, &value), CAUSE_LOAD_ACCESS); /* M mode is no exception */
    CSR_WRITE(pmpcfg0, 0);
    expect(31, memory[1], 42);
}

void test(void)
{
    memory[1] = 42;
    whole_block(0, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, CAUSE_STORE_ACCESS);
    whole_block(R, NO_TRAP, CAUSE_STORE_ACCESS, NO_TRAP);
    whole_block(RW, NO_TRAP, NO_TRAP, NO_TRAP);
    partial(0);
    partial(4);
}
