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
    csr_set(mstatus, MSTATUS_MIE);

    for (unsigned seen = 0;;) {
        for (int c; (c = keyboard_read()) >= 0;) {
            printf("key %c\n", c);
            if (c == 'q')
                power_off(0);
        }
        if (seen != timer_ticks() && seen < 5)
            printf("tick %u\n", ++seen);
        asm volatile("wfi");
    }
}
