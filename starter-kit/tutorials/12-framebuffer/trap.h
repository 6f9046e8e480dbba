/* SPDX-License-Identifier: MIT */
/* Traps: interrupts and exceptions, handled in machine mode. */
#ifndef TRAP_H
#define TRAP_H

#include <stdint.h>

/* The registers of what was interrupted: x[n] is xn; x[0] and x[2] (sp) are not kept. */
struct frame {
    uint64_t x[32];
};

void trap_init(void);

#endif
