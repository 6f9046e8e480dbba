/* SPDX-License-Identifier: MIT */
/* xtvec: MODE 2 and 3 never read back, BASE holds any multiple of 4 (norm:mtvec_mode_enc,
 * norm:mtvec_base_align_4B, norm:mtvec_mandatory, norm:mtvec_sz_warl_acc, norm:stvec_op); xepc: bit 0 is always 0 (norm:mepc_align, norm:mepc_warl, norm:sepc), bit 1 is
 * writable with compressed instructions; MPP never reads 2 (norm:mstatus_xpp_warl, norm:mstatus_mpp_sz). */
/* qemu: no, 7.2 keeps bit 0 of mepc */
#include "lib/env.h"

#define TVEC(name, number)                                                                                             \
    do {                                                                                                               \
        uint64_t old = CSR_READ(name);                                                                                 \
        for (unsigned bit = 2; bit < 63; bit++) {                                                                      \
            CSR_WRITE(name, UINT64_C(1) << bit | 1);                                                                   \
            uint64_t base = CSR_READ(name) & ~UINT64_C(3);                                                             \
            expect(number, CSR_READ(name) & 2, 0);                                                                     \
            CSR_WRITE(name, UINT64_C(1) << bit);                                                                       \
            if (bit < 56)                                                                                              \
                expect(number + 1, CSR_READ(name), UINT64_C(1) << bit);                                                \
            if (bit >= 8 && bit < 56)                                                                                  \
                expect(number + 2, base, UINT64_C(1) << bit);                                                          \
            for (unsigned mode = 2; mode < 4; mode++) {                                                                \
                CSR_WRITE(name, UINT64_C(1) << bit | mode);                                                            \
                expect(number + 3, (CSR_READ(name) & 3) <= 1, true);                                                   \
            }                                                                                                          \
        }                                                                                                              \
        CSR_WRITE(name, old);                                                                                          \
    } while (0)

#define EPC(name, number)                                                                                              \
    do {                                                                                                               \
        for (unsigned bit = 0; bit < 56; bit++) {                                                                      \
            CSR_WRITE(name, UINT64_C(1) << bit);                                                                       \
            expect(number, CSR_READ(name), bit == 0 ? 0 : UINT64_C(1) << bit);                                         \
        }                                                                                                              \
        CSR_WRITE(name, 0xffffffff);                                                                                   \
        expect(number + 1, CSR_READ(name), 0xfffffffe);                                                                \
    } while (0)

static void check_mpp(uint64_t before)
{
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, before << MSTATUS_MPP_SHIFT);
    expect(20, CSR_READ(mstatus) >> MSTATUS_MPP_SHIFT & 3, before);
    uint64_t status = CSR_READ(mstatus) & ~(uint64_t)MSTATUS_MPP;
    CSR_WRITE(mstatus, status | UINT64_C(2) << MSTATUS_MPP_SHIFT);
    expect(21, (CSR_READ(mstatus) >> MSTATUS_MPP_SHIFT & 3) != 2, true);
}

void test(void)
{
    TVEC(mtvec, 1);
    TVEC(stvec, 5);
    EPC(mepc, 10);
    EPC(sepc, 12);
    check_mpp(MODE_U);
    check_mpp(MODE_S);
    check_mpp(MODE_M);
}
