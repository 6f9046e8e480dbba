/* SPDX-License-Identifier: MIT */
/* With menvcfg.STCE, STIP is time >= stimecmp, unsigned, at once and read-only
 * (norm:mip_sip_stip_op, norm:mip_stip_stimecmp_acc); without, it is software's bit and stimecmp belongs
 * to M mode, as it does with mcounteren.TM clear (norm:menvcfg_stce_op2, norm:mcounteren_tm_clr). */
#include "lib/interrupt.h"

#define STCE (UINT64_C(1) << 63)
#define TM 2
#define STIP BIT_OF(STI)

static uint64_t pending(uint64_t stimecmp)
{
    CSR_WRITE(0x14d, stimecmp);
    return (CSR_READ(mip) & STIP) != 0;
}

static void check_comparator(void)
{
    uint64_t now = CSR_READ(time);
    expect(1, pending(UINT64_MAX), false);
    expect(2, pending(0), true);
    expect(3, pending(UINT64_C(1) << 63), false);
    expect(4, pending(now), true);
    expect(5, pending(now + (UINT64_C(1) << 40)), false);
    CSR_CLEAR(mip, STIP);
    CSR_SET(mip, STIP);
    expect(6, CSR_READ(mip) & STIP, 0);
    expect(7, pending(1), true);
    CSR_CLEAR(mip, STIP);
    expect(8, CSR_READ(mip) & STIP, STIP);
    expect(9, CSR_READ(sip) & STIP, STIP);
    CSR_WRITE(0x14d, CSR_READ(time) + 100);
    while (!(CSR_READ(mip) & STIP)) {
    }
    expect(10, CSR_READ(time) >= CSR_READ(0x14d), true);
}

static uint64_t in_s_mode(uint64_t cause)
{
    uint64_t value = 0;
    expect(20, TRY("csrr %0, 0x14d", value, 0), cause);
    expect(21, TRY("csrw 0x14d, %1", value, UINT64_MAX), cause);
    return 0;
}

static uint64_t in_u_mode(uint64_t unused)
{
    expect(22, TRY("csrr %0, 0x14d", unused, 0), CAUSE_ILLEGAL);
    return 0;
}

/* From S mode, where the timer's interrupt comes right behind the write. */
static uint64_t take_in_s_mode(uint64_t unused)
{
    __asm__ volatile("csrsi sstatus, 2\n csrw 0x14d, x0\n nop\n csrci sstatus, 2" ::: "memory");
    CSR_WRITE(0x14d, UINT64_MAX);
    return unused;
}

void test(void)
{
    CSR_WRITE(mideleg, S_INTERRUPTS);
    for (unsigned round = 0; round < 3; round++) {
        CSR_SET(0x30a, STCE);
        CSR_WRITE(mcounteren, TM);
        expect(30, CSR_READ(0x30a) & STCE, STCE);
        check_comparator();
        run_in(MODE_S, in_s_mode, NO_TRAP);
        run_in(MODE_U, in_u_mode, 0);
        CSR_WRITE(mcounteren, ~TM);
        run_in(MODE_S, in_s_mode, CAUSE_ILLEGAL);
        CSR_WRITE(mcounteren, TM);
        CSR_CLEAR(0x30a, STCE);
        run_in(MODE_S, in_s_mode, CAUSE_ILLEGAL);
        CSR_WRITE(0x14d, 0);
        expect(31, CSR_READ(0x14d), 0);
        CSR_CLEAR(mip, STIP);
        expect(32, CSR_READ(mip) & STIP, 0);
        CSR_SET(mip, STIP);
        expect(33, CSR_READ(mip) & STIP, STIP);
        CSR_WRITE(0x14d, UINT64_MAX);
        CSR_SET(0x30a, STCE); /* what software had set does not count now */
        expect(34, CSR_READ(mip) & STIP, 0);
        expect(35, CSR_READ(sip) & STIP, 0);
        CSR_CLEAR(0x30a, STCE);
        CSR_CLEAR(mip, STIP);
    }
    CSR_SET(0x30a, STCE);
    CSR_WRITE(0x14d, UINT64_MAX);
    uint64_t mtvec = start_noting();
    CSR_WRITE(mie, STIP);
    run_in(MODE_S, take_in_s_mode, 0);
    expect(40, taken_s.count, 1);
    expect(41, taken_s.cause[0], INTERRUPT(STI));
    CSR_WRITE(mtvec, mtvec);
}
