/* SPDX-License-Identifier: MIT */
/* The official opcode tables (riscv-opcodes, in opcodes/ with their licence), parsed: an oracle for the decoder that shares
 * nothing with insn.def. */
#ifndef MICROVM_TESTS_UNIT_CPU_OPCODE_TABLES_H
#define MICROVM_TESTS_UNIT_CPU_OPCODE_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/ext.h"

#define OPCODE_FIELDS_MAX 8

/* An operand field of an instruction, by its name in arg_lut.csv. */
struct opcode_field {
    char name[16];
    unsigned high, low;
};

struct opcode {
    char name[24];
    uint32_t mask, match;
    bool narrow; /* 16 bits */
    enum ext ext[2];
    struct opcode_field field[OPCODE_FIELDS_MAX];
    unsigned fields;
};

struct opcode_tables {
    struct opcode opcode[400];
    unsigned count;
};

/* Reads all tables of the extensions that microvm has; fails the test where they cannot be read. */
const struct opcode_tables *opcode_tables_read(void);

/* The instruction that `bits` is with the extensions of the set, or NULL: reserved, or another extension's. Hints count as
 * the instruction whose encoding space they are in. */
const struct opcode *opcode_find(const struct opcode_tables *tables, const struct ext_set *set, uint32_t bits);

const struct opcode *opcode_named(const struct opcode_tables *tables, const char *name);

/* The field of that name, or NULL. */
const struct opcode_field *opcode_field(const struct opcode *opcode, const char *name);

#endif
