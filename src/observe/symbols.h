/* SPDX-License-Identifier: MIT */
/* Names for addresses: the symbols of the loaded kernel and firmware and of further files, and source lines from
 * DWARF where libdw is there. Owns what it has read; looks at no guest memory. */
#ifndef MICROVM_OBSERVE_SYMBOLS_H
#define MICROVM_OBSERVE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/machine.h"
#include "observe/call_frame.h"

struct symbols;

/* What an address lies in. */
struct symbol_place {
    const char *name; /* lives as long as the symbols */
    uint64_t start;
    uint64_t offset; /* of the address behind start */
    bool function;   /* it is known to be one; labels in assembly may be anything */
    bool object;
};

/* The symbols of the kernel and the firmware that the machine was made from, and which it must not outlive. They are put in order when
 * they are first asked for. machine NULL: none but those that are added. NULL: out of memory. */
struct symbols *symbols_create(const struct machine *machine);
void symbols_destroy(struct symbols *symbols);

/* Adds those of a file, FILE or FILE@OFFSET (what is added to each address): an ELF file, or text as System.map has
 * it. False: err says what is wrong with it. */
bool symbols_add(struct symbols *symbols, const char *file_and_offset, struct error *err);

/* The function or object that addr (virtual or physical) lies in: of the files that have one, that which starts
 * last. */
bool symbols_at(const struct symbols *symbols, uint64_t addr, struct symbol_place *place);

/* The value of the symbol called name: where it runs, physical only where the image was linked to be moved. */
bool symbols_value(const struct symbols *symbols, const char *name, uint64_t *addr);

/* The n-th symbol's name, for completion; NULL past the end. */
const char *symbols_name(const struct symbols *symbols, size_t n);

/* The source line of the code at addr; false: unknown. *file lives as long as the symbols, and is relative to where
 * the compiler ran if it lies below. */
bool symbols_line(struct symbols *symbols, uint64_t addr, const char **file, unsigned *line);

/* The same with all that is known of it. */
bool symbols_source(struct symbols *symbols, uint64_t addr, struct source_line *out);

/* Whether any file has debug information; nothing says that it covers all its code. */
bool symbols_have_lines(struct symbols *symbols);

/* Where the function at addr keeps its caller's registers there. False: unknown. */
bool symbols_frame(struct symbols *symbols, uint64_t addr, struct call_frame *frame);

/* Tells every function, and every piece of code whose source line is known, by the addresses that it runs at. */
void symbols_each_function(const struct symbols *symbols, void *owner,
                           void (*visit)(void *owner, const char *name, uint64_t first, uint64_t bytes));
void symbols_each_line(struct symbols *symbols, void *owner, source_line_visitor *visit);

/* "0x80000010 (main+0x10)", or the number alone; out is returned. */
#define SYMBOLS_TEXT_BYTES 160
const char *symbols_text(const struct symbols *symbols, uint64_t addr, char out[SYMBOLS_TEXT_BYTES]);

#endif
