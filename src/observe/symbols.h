/* SPDX-License-Identifier: MIT */
/* Names for addresses: the symbols of the loaded kernel and of further files, and source lines from DWARF where libdw is
 * there. Owns what it has read; looks at no guest memory. */
#ifndef MICROVM_OBSERVE_SYMBOLS_H
#define MICROVM_OBSERVE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/machine.h"

struct symbols;

/* What an address lies in. */
struct symbol_place {
    const char *name; /* lives as long as the symbols */
    uint64_t start;
    uint64_t offset; /* of the address behind start */
};

/* The symbols of the kernel that the machine was made from, and which it must not outlive it. NULL: out of memory. */
struct symbols *symbols_create(const struct machine *machine);
void symbols_destroy(struct symbols *symbols);

/* Adds those of a file, FILE or FILE@OFFSET (what is added to each address). False: err says what is wrong with it. */
bool symbols_add(struct symbols *symbols, const char *file_and_offset, struct error *err);

/* The function or object that addr (virtual or physical) lies in. */
bool symbols_at(const struct symbols *symbols, uint64_t addr, struct symbol_place *place);

/* The value of the symbol called name. */
bool symbols_value(const struct symbols *symbols, const char *name, uint64_t *addr);

/* The n-th symbol's name, for completion; NULL past the end. */
const char *symbols_name(const struct symbols *symbols, size_t n);

/* The source line of the code at addr; false: unknown. *file lives as long as the symbols. */
bool symbols_line(struct symbols *symbols, uint64_t addr, const char **file, unsigned *line);

/* "0x80000010 (main+0x10)", or the number alone; out is returned. */
#define SYMBOLS_TEXT_BYTES 160
const char *symbols_text(const struct symbols *symbols, uint64_t addr, char out[SYMBOLS_TEXT_BYTES]);

#endif
