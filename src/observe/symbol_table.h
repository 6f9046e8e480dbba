/* SPDX-License-Identifier: MIT */
/* The named places of one file, in order of address. Owns the list; names stay where they were read. */
#ifndef MICROVM_OBSERVE_SYMBOL_TABLE_H
#define MICROVM_OBSERVE_SYMBOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/boot_symbol.h"

/* Where two names stand for one address, the higher kind is shown. */
enum symbol_kind { SYMBOL_VALUE, SYMBOL_LABEL, SYMBOL_OBJECT, SYMBOL_FUNCTION };

struct symbol {
    uint64_t addr;
    uint64_t size; /* 0: unknown, up to the next one */
    const char *name;
    uint8_t kind; /* enum symbol_kind; SYMBOL_VALUE is a number, and no place */
    bool global;
};

/* Places first, by address; behind them the values. All zeros: an empty one. */
struct symbol_table {
    struct symbol *list;
    size_t count;
    size_t places;
    size_t room;
};

/* Adds one that is not in order yet. False: out of memory. */
bool symbol_table_add(struct symbol_table *table, const struct symbol *symbol);

/* Adds all that an ELF file defines; of what lies in a section only those of `section`, if that is not 0 (an object
 * file's .text). */
bool symbol_table_add_elf(struct symbol_table *table, const struct boot_symtab *tab, unsigned section);

/* To be called behind the last one. */
void symbol_table_sort(struct symbol_table *table);

void symbol_table_destroy(struct symbol_table *table);

/* The innermost place that addr lies in; NULL: none. */
const struct symbol *symbol_table_at(const struct symbol_table *table, uint64_t addr);

/* A global one before a local one; NULL: there is none of this name. */
const struct symbol *symbol_table_find(const struct symbol_table *table, const char *name);

#endif
