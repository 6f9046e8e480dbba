/* SPDX-License-Identifier: MIT */
/* All ones and all zeros into mstatus, misa, menvcfg, senvcfg, mcounteren and scounteren leave legal
 * values: UXL and SXL are 64-bit, SD is FS's summary (norm:mstatus_sd_op1), CBIE is never 2
 * (norm:menvcfg_cbie_warl_op), what no extension brings is 0 (norm:Zicsr_wpri_roz), and sstatus shows
 * mstatus's fields. */
/* qemu: no, it has 32-bit U and S modes */
#include "lib/env.h"

#define UXL (UINT64_C(2) << 32)
#define SXL (UINT64_C(2) << 34)
#define SD (UINT64_C(1) << 63)
#define ENVCFG_CBIE 0x30
#define ENVCFG_CBCFE 0x40
#define ENVCFG_CBZE 0x80
#define ENVCFG_WPRI UINT64_C(0x1ffffff00ffff00e) /* between and above the fields of any extension */

static void check_mstatus(void)
{
    uint64_t old = CSR_READ(mstatus);
    for (unsigned fs = 0; fs < 4; fs++) {
        CSR_WRITE(mstatus, (old & ~(uint64_t)(MSTATUS_FS | 0xf << 7)) | (uint64_t)fs << 13);
        expect(1, CSR_READ(mstatus) >> 13 & 3, fs);
        expect(2, CSR_READ(mstatus) & SD, fs == 3 ? SD : 0);
        expect(3, CSR_READ(sstatus) & SD, fs == 3 ? SD : 0);
        expect(4, CSR_READ(sstatus) >> 13 & 3, fs);
    }
    CSR_WRITE(mstatus, ~(uint64_t)(MSTATUS_MPRV | MSTATUS_MIE | MSTATUS_SIE | UXL | SXL));
    expect(5, CSR_READ(mstatus) & UINT64_C(3) << 32, UXL);
    expect(6, CSR_READ(mstatus) & UINT64_C(3) << 34, SXL);
    expect(7, CSR_READ(mstatus) & UINT64_C(0x15), 0); /* bits 0, 2 and 4 */
    expect(8, CSR_READ(sstatus) & UINT64_C(3) << 32, UXL);
    expect(9, CSR_READ(sstatus) & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | SXL), 0);
    const uint64_t shown = MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR;
    expect(10, CSR_READ(sstatus) & shown, shown);
    CSR_WRITE(sstatus, 0);
    expect(11, CSR_READ(mstatus) & (MSTATUS_MPP | MSTATUS_MPIE), MSTATUS_MPP | MSTATUS_MPIE);
    expect(12, CSR_READ(mstatus) & shown, 0);
    CSR_WRITE(mstatus, 0);
    expect(13, CSR_READ(mstatus) & UINT64_C(0xf) << 32, UXL | SXL);
    CSR_WRITE(mstatus, old);
}

#define ENVCFG(number, name)                                                                                           \
    do {                                                                                                               \
        uint64_t old = CSR_READ(name);                                                                                 \
        CSR_WRITE(name, UINT64_MAX & ~(UINT64_C(3) << 32));                                                            \
        expect(number, CSR_READ(name) & 0xf1, 0xf1);                                                                   \
        expect(number + 1, CSR_READ(name) & ENVCFG_WPRI, 0);                                                           \
        for (uint64_t cbie = 0; cbie < 4; cbie++) {                                                                    \
            CSR_WRITE(name, cbie << 4);                                                                                \
            uint64_t read = CSR_READ(name);                                                                            \
            expect(number + 2, (read & ENVCFG_CBIE) != 0x20, true);                                                    \
            if (cbie != 2)                                                                                             \
                expect(number + 3, read & (ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE), cbie << 4);                      \
        }                                                                                                              \
        CSR_WRITE(name, old);                                                                                          \
    } while (0)

void test(void)
{
    check_mstatus();
    ENVCFG(20, 0x30a);
    ENVCFG(25, 0x10a);
    uint64_t misa = CSR_READ(misa);
    CSR_WRITE(misa, 0);
    expect(30, CSR_READ(misa) >> 62, 2);
    CSR_WRITE(misa, UINT64_MAX);
    expect(31, CSR_READ(misa), misa);
    CSR_WRITE(mcounteren, UINT64_MAX);
    expect(32, CSR_READ(mcounteren) & 7, 7);
    expect(33, CSR_READ(mcounteren) >> 32, 0);
    CSR_WRITE(scounteren, UINT64_MAX);
    expect(34, CSR_READ(scounteren) & 7, 7);
    expect(35, CSR_READ(scounteren) >> 32, 0);
}
