/* SPDX-License-Identifier: MIT */
/* What is typed: the serial port's receiver, which interrupts through the PLIC. */
#ifndef KEYBOARD_H
#define KEYBOARD_H

void keyboard_init(void);
void keyboard_interrupt(void);

/* The next character typed, or -1. */
int keyboard_read(void);

#endif
