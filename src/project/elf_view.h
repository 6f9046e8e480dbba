/* SPDX-License-Identifier: MIT */
/* ELF files as compilers for RISC-V write them (64-bit, little-endian), looked at in memory: which symbols they have, and what
 * of them goes into memory. Owns nothing; a damaged file is told, never believed. */
#ifndef MICROVM_PROJECT_ELF_VIEW_H
#define MICROVM_PROJECT_ELF_VIEW_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct elf_view {
    const uint8_t *bytes; /* borrowed */
    uint64_t size;
    Elf64_Ehdr header;
};

enum symbol_presence {
    SYMBOL_ABSENT,
    SYMBOL_WANTED, /* named, but to be found elsewhere */
    SYMBOL_DEFINED /* for others too: global or weak */
};

/* False, with a message that begins with a verb: it is no such file, or cut off. */
bool elf_view_open(struct elf_view *elf, const uint8_t *bytes, uint64_t size, struct error *err);

enum symbol_presence elf_view_symbol(const struct elf_view *elf, const char *name);

/* Section n. False: there is none. */
bool elf_view_section(const struct elf_view *elf, unsigned n, Elf64_Shdr *section);

/* Program header n. */
bool elf_view_program(const struct elf_view *elf, unsigned n, Elf64_Phdr *program);

#endif
