/* SPDX-License-Identifier: MIT */
/* The board: where its devices are, and how C reaches them. `microvm dts` prints the same addresses. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#define FINISHER 0x100000ul /* a word stored here ends the run */
#define UART 0x10000000ul   /* the serial port: byte-wide registers */
#define UART_SOURCE 10      /* its number at the PLIC */

#define CLINT_MTIMECMP 0x2004000ul /* of hart 0 */
#define CLINT_MTIME 0x200bff8ul

#define PLIC_PRIORITY 0xc000000ul  /* one word for each source */
#define PLIC_ENABLE 0xc002000ul    /* context 0, hart 0 in machine mode: one bit for each source */
#define PLIC_THRESHOLD 0xc200000ul
#define PLIC_CLAIM 0xc200004ul

#define RAM 0x80000000ul

/* A device's register: volatile, because reading and writing it does something. */
#define REGISTER(type, address) (*(volatile type *)(address))

/* Ends the run. 0: all went well; else microvm's exit status. */
_Noreturn void power_off(unsigned status);

#endif
