/* SPDX-License-Identifier: MIT */
/* A file of symbols that the user names: an ELF file, or the text that nm prints (System.map). Owns what it has read
 * and, of an ELF file, the descriptor. */
#ifndef MICROVM_OBSERVE_SYMBOL_FILE_H
#define MICROVM_OBSERVE_SYMBOL_FILE_H

#include "base/error.h"
#include "observe/symbol_table.h"

struct symbol_file {
    struct symbol_table table; /* addresses as the file has them */
    uint64_t end;              /* behind the last byte that it names */
    int fd;                    /* an ELF file with addresses of its own, for debug information; -1: none */
    char *names;               /* what the table's names point into */
};

/* False: err says "symbol file 'path' ...". */
bool symbol_file_open(struct symbol_file *file, const char *path, struct error *err);
void symbol_file_close(struct symbol_file *file);

/* The two kinds; err is without the file's name. Used by symbol_file_open only, as fuzz targets are. */
bool symbol_elf_read(struct symbol_file *file, int fd, uint64_t size, struct error *err);
bool symbol_text_parse(struct symbol_file *file, const char *text, size_t bytes, struct error *err);

#endif
