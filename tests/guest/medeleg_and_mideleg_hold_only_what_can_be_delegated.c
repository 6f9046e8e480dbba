/* SPDX-License-Identifier: MIT */
/* All ones into medeleg and mideleg: every exception that S and U mode can have is there, the ecall from
 * M mode, double traps, and M mode's interrupts are not (norm:medeleg_when_rd0, norm:medeleg_16_no_rd0,
 * norm:medeleg_mideleg_warl, norm:medeleg_mideleg_mandatory_S_mode,
 * norm:medeleg_enc_txt, norm:mideleg_enc_txt); no bit is read-only 1 (norm:medeleg_no_rd1, norm:mideleg_no_rd1), those of
 * the hypervisor's interrupts apart. */
/* qemu: no, its H extension makes bits of mideleg read-only 1 */
#include "lib/interrupt.h"

#define CAN_BE_DELEGATED UINT64_C(0xb3ff) /* 0 to 9, 12, 13, 15 */
#define NEVER (UINT64_C(1) << 11 | UINT64_C(1) << 14 | UINT64_C(1) << 16 | UINT64_C(1) << 17)
#define HYPERVISOR_INTERRUPTS UINT64_C(0x1444)

void test(void)
{
    CSR_CLEAR(0x30a, UINT64_C(1) << 63); /* menvcfg.STCE: STIP is software's */
    CSR_WRITE(medeleg, UINT64_MAX);
    expect(1, CSR_READ(medeleg) & CAN_BE_DELEGATED, CAN_BE_DELEGATED);
    expect(2, CSR_READ(medeleg) & NEVER, 0);
    CSR_WRITE(medeleg, 0);
    expect(3, CSR_READ(medeleg), 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t one = UINT64_C(1) << bit;
        CSR_WRITE(medeleg, one);
        expect(4, CSR_READ(medeleg) & ~one, 0);
        if (CAN_BE_DELEGATED & one)
            expect(5, CSR_READ(medeleg), one);
    }
    CSR_WRITE(mideleg, UINT64_MAX);
    expect(6, CSR_READ(mideleg) & (S_INTERRUPTS | M_INTERRUPTS), S_INTERRUPTS);
    CSR_WRITE(mideleg, 0);
    expect(7, CSR_READ(mideleg) & ~HYPERVISOR_INTERRUPTS, 0);
    for (unsigned bit = 0; bit < 16; bit++) {
        CSR_WRITE(mideleg, BIT_OF(bit));
        expect(8, CSR_READ(mideleg) & S_INTERRUPTS, BIT_OF(bit) & S_INTERRUPTS);
        /* sie and sip show and take what is delegated, and nothing else. */
        CSR_WRITE(mie, UINT64_MAX);
        expect(9, CSR_READ(sie) & S_INTERRUPTS, BIT_OF(bit) & S_INTERRUPTS);
        CSR_WRITE(mie, 0);
        CSR_WRITE(sie, UINT64_MAX);
        expect(10, CSR_READ(mie) & (S_INTERRUPTS | M_INTERRUPTS), BIT_OF(bit) & S_INTERRUPTS);
        CSR_SET(mip, S_INTERRUPTS);
        expect(12, CSR_READ(sip) & S_INTERRUPTS, BIT_OF(bit) & S_INTERRUPTS);
        CSR_WRITE(sip, 0);
        expect(13, CSR_READ(mip) & S_INTERRUPTS, S_INTERRUPTS & ~(bit == SSI ? BIT_OF(SSI) : 0));
        CSR_CLEAR(mip, S_INTERRUPTS);
        CSR_WRITE(sip, UINT64_MAX);
        expect(11, CSR_READ(mip) & S_INTERRUPTS, bit == SSI ? BIT_OF(SSI) : 0);
        CSR_CLEAR(mip, S_INTERRUPTS);
    }
}
