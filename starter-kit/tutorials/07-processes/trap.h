/* SPDX-License-Identifier: MIT */
/* Traps: what interrupts a process and brings the kernel to work. */
#ifndef TRAP_H
#define TRAP_H

#include <stdint.h>

/* A process that does not run: x[n] is its register xn, pc where it goes on. trap.S knows this. */
struct frame {
    uint64_t x[32], pc;
};

enum { SP = 2, A0 = 10, A1 = 11, A2 = 12, A7 = 17 }; /* indices of x */

void trap_init(void);

/* Leaves the kernel for the process whose frame this is. */
_Noreturn void resume(struct frame *frame);

#endif
