/* SPDX-License-Identifier: MIT */
/* --cpu h=off: no bit of H in misa, mstatus, the delegation and interrupt registers; its CSRs and instructions are illegal in
 * every mode; henvcfg's gates do not exist. */
/* options: --cpu h=off */
/* qemu: no, the option is this machine's */
#include "lib/env.h"

#define CSRR_A0(number) ((uint32_t)(number) << 20 | 0x2573)
#define RET 0x00008067

static uint32_t code[2] __attribute__((aligned(64)));

static uint64_t call_code(uint64_t unused)
{
    (void)unused;
    uint64_t a0 = (uint64_t)&code;
    return try_call(code, &a0);
}

static void expect_illegal(uint32_t bits)
{
    code[0] = bits;
    code[1] = RET;
    __asm__ volatile("fence.i" ::: "memory");
    expect(1, call_code(0), CAUSE_ILLEGAL);
    expect(2, self()->tval, bits);
    expect(3, run_in(MODE_S, call_code, 0), CAUSE_ILLEGAL);
    expect(4, run_in(MODE_U, call_code, 0), CAUSE_ILLEGAL);
}

void test(void)
{
    for (unsigned number = 0; number < 4096; number++)
        if ((number >> 8 & 3) == 2)
            expect_illegal(CSRR_A0(number));
    expect_illegal(CSRR_A0(0x34a)); /* mtinst */
    expect_illegal(CSRR_A0(0x34b)); /* mtval2 */
    expect_illegal(0x22000073);     /* hfence.vvma */
    expect_illegal(0x62000073);     /* hfence.gvma */
    expect_illegal(0x26000073);     /* hinval.vvma */
    expect_illegal(0x66000073);     /* hinval.gvma */
    expect_illegal(0x68054573);     /* hlv.w */
    expect_illegal(0x64354573);     /* hlvx.hu */
    expect_illegal(0x6aa54073);     /* hsv.w */
    expect(10, CSR_READ(misa) >> 7 & 1, 0);
    CSR_WRITE(mideleg, UINT64_MAX);
    expect(11, CSR_READ(mideleg) & 0x1444, 0);
    CSR_WRITE(mie, UINT64_MAX);
    expect(12, CSR_READ(mie) & 0x1444, 0);
    CSR_WRITE(mie, 0);
    CSR_WRITE(medeleg, UINT64_MAX);
    expect(13, CSR_READ(medeleg) & 0xf00400, 0);
    CSR_WRITE(medeleg, 0);
    CSR_SET(mstatus, UINT64_C(3) << 38);
    expect(14, CSR_READ(mstatus) >> 38 & 3, 0);
}
