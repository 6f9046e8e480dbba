/* SPDX-License-Identifier: MIT */
/* Traps: interrupts and exceptions, handled in supervisor mode. */
#ifndef TRAP_H
#define TRAP_H

void trap_init(void);

#endif
