/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "csr.h"
#include "keyboard.h"
#include "timer.h"
#include "trap.h"

void main(void)
{
    printf("Type q to quit.\n");
    trap_init();
    timer_init();
    keyboard_init();

    for (unsigned seen = 0;;) {
        asm volatile("wfi");           /* sleeps until an interrupt is pending, */
        csr_set(mstatus, MSTATUS_MIE); /* which is taken here */
        csr_clear(mstatus, MSTATUS_MIE);
        for (int c; (c = keyboard_read()) >= 0;) {
            printf("key %c\n", c);
            if (c == 'q')
                power_off(0);
        }
        while (seen < 5 && seen != timer_ticks())
            printf("tick %u\n", ++seen);
    }
}
