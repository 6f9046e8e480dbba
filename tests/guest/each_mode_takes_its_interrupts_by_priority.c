/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* All six interrupts pending: MEI MSI MTI SEI SSI STI in M mode (norm:intr_M_mode_pri); delegated ones
 * come in the same order to S mode (norm:sip_sie_priority_bit_order), after every one for M mode, be
 * its place in the order as low as it may (norm:intr_M_mode_highest_pri). */
/* qemu: no, 7.2 takes the one with the lowest number */
#include "lib/interrupt.h"

static void check_order(unsigned number, const volatile struct taken *taken, const uint8_t *order, unsigned count)
{
    expect(number, taken->count, count);
    for (unsigned i = 0; i < count; i++)
        expect(number + 1, taken->cause[i], INTERRUPT(order[i]));
}

/* S mode opens its own, the other ones come by themselves. */
static uint64_t in_s_mode(uint64_t unused)
{
    __asm__ volatile("csrsi sstatus, 2\n nop\n csrci sstatus, 2" ::: "memory");
    return unused;
}

void test(void)
{
    uint64_t mtvec = start_noting();
    raise_all();
    CSR_WRITE(mie, S_INTERRUPTS | M_INTERRUPTS);
    __asm__ volatile("csrsi mstatus, 8\n nop\n csrci mstatus, 8" ::: "memory");
    check_order(1, &taken_m, (const uint8_t[]){MEI, MSI, MTI, SEI, SSI, STI}, 6);

    taken_m.count = 0;
    CSR_WRITE(mideleg, S_INTERRUPTS);
    CSR_WRITE(mie, S_INTERRUPTS | M_INTERRUPTS);
    run_in(MODE_S, in_s_mode, 0);
    check_order(3, &taken_m, (const uint8_t[]){MEI, MSI, MTI}, 3);
    check_order(5, &taken_s, (const uint8_t[]){SEI, SSI, STI}, 3);

    taken_m.count = taken_s.count = 0;
    CSR_WRITE(mideleg, BIT_OF(SEI));
    CSR_WRITE(mie, S_INTERRUPTS);
    run_in(MODE_S, in_s_mode, 0);
    check_order(7, &taken_m, (const uint8_t[]){SSI, STI}, 2);
    check_order(9, &taken_s, (const uint8_t[]){SEI}, 1);
    CSR_WRITE(mtvec, mtvec);
}
