/* SPDX-License-Identifier: MIT */
/* Text on the serial port. */
#ifndef CONSOLE_H
#define CONSOLE_H

void put_char(char c);

/* %s string, %c character, %d int, %u unsigned, %x hexadecimal, %p pointer; an l before d, u, x: long. */
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
