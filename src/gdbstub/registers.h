/* SPDX-License-Identifier: MIT */
/* A hart's registers by the numbers that debuggers use, and their description in XML. All are 64 bits wide. Reading one changes
 * nothing. */
#ifndef MICROVM_GDBSTUB_REGISTERS_H
#define MICROVM_GDBSTUB_REGISTERS_H

#include <stdio.h>

#include "cpu/hart.h"

/* GDB's own numbers for RISC-V; what is ours stands behind them. */
enum gdb_register {
    GDB_X = 0,
    GDB_PC = 32,
    GDB_F = 33,
    GDB_CSR = 65,
    GDB_PRIV = GDB_CSR + 4096,
    GDB_VIRT,
};

#define GDB_REGISTER_BYTES 8

/* False: the hart has no register of that number. */
bool gdb_register_read(const struct hart *hart, uint64_t number, uint64_t *value);

/* As the guest would write it: WARL fields hold what is legal. False: no such register, or a mode that the hart has not. */
bool gdb_register_write(struct hart *hart, uint64_t number, uint64_t value);

/* How many registers from number 0 on stand in a `g` packet. */
unsigned gdb_registers_general(const struct hart *hart);

/* The target description. */
void gdb_registers_describe(const struct hart *hart, FILE *out);

#endif
