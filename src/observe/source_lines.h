/* SPDX-License-Identifier: MIT */
/* Source lines of code, from the DWARF debug information of one ELF file, through libdw. What is looked at is read
 * when it is asked for: opening costs nothing, however large the file is. Built without libdw there are never any. */
#ifndef MICROVM_OBSERVE_SOURCE_LINES_H
#define MICROVM_OBSERVE_SOURCE_LINES_H

#include <stdbool.h>
#include <stdint.h>

struct source_lines;

/* Strings live as long as the source_lines. */
struct source_line {
    const char *file;   /* as the compiler was told, relative to folder if it lies below */
    const char *folder; /* where the compiler ran; NULL: file is absolute, or nobody knows */
    unsigned line;
    bool statement; /* the code begins a statement; else it is some part of one */
};

/* Whether microvm was built with libdw. */
bool source_lines_are_built_in(void);

/* Of an open file, which must stay open, or of bytes that must stay where they are. NULL: it has no debug
 * information. */
struct source_lines *source_lines_open_file(int fd);
struct source_lines *source_lines_open_bytes(const uint8_t *bytes, uint64_t size);

/* Accepts NULL. */
void source_lines_close(struct source_lines *lines);

/* The line of the code at addr, as linked. False: unknown. */
bool source_lines_at(struct source_lines *lines, uint64_t addr, struct source_line *out);

/* Tells all that the file knows: the code in [first, end) stands for the line. That may be none, where a statement
 * of the line begins at first and its code is spread. Not in order. */
typedef void source_line_visitor(void *owner, uint64_t first, uint64_t end, const struct source_line *line);
void source_lines_each(struct source_lines *lines, source_line_visitor *visit, void *owner);

#endif
