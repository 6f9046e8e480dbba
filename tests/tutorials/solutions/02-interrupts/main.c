/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "csr.h"
#include "keyboard.h"
#include "timer.h"
#include "trap.h"

static void key(int c)
{
    printf("key %c\n", c);
    switch (c) {
    case 'q': power_off(0);
    case 't': printf("%u ticks\n", timer_ticks()); break;
    case 'e': asm volatile("ebreak"); break;
    case 's': REGISTER(uint32_t, CLINT_MSIP) = 1; break;
    case 'w': alarm_set(2500000); break;
    }
}

void main(void)
{
    printf("Type q to quit.\n");
    trap_init();
    timer_init();
    keyboard_init();
    csr_set(mie, INTERRUPT_SOFTWARE);

    for (unsigned seen = 0, software_seen = 0;;) {
        asm volatile("wfi");           /* sleeps until an interrupt is pending, */
        csr_set(mstatus, MSTATUS_MIE); /* which is taken here */
        csr_clear(mstatus, MSTATUS_MIE);
        while (software_seen != software_interrupts())
            printf("software interrupt %u\n", ++software_seen);
        for (int c; (c = keyboard_read()) >= 0;)
            key(c);
        while (seen < 5 && seen != timer_ticks())
            printf("tick %u\n", ++seen);
        if (alarm_rang())
            printf("alarm\n");
    }
}
