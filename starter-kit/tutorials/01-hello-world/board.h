/* SPDX-License-Identifier: MIT */
/* The board: where its devices are, and how C reaches them. `microvm dts` prints the same addresses. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#define FINISHER 0x100000ul /* a word stored here ends the run */
#define UART 0x10000000ul   /* the serial port: byte-wide registers */
#define RAM 0x80000000ul

/* A device's register: volatile, because reading and writing it does something. */
#define REGISTER(type, address) (*(volatile type *)(address))

/* Ends the run. 0: all went well; else microvm's exit status. */
_Noreturn void power_off(unsigned status);

#endif
