/* SPDX-License-Identifier: MIT */
/* Programs as linkers write them. */
#ifndef ELF_H
#define ELF_H

#include <stdint.h>

/* Brings the program in an ELF file into an address space. Returns where it begins, or 0 if it is
   no program for us, or there is no room for it. */
uint64_t elf_load(uint64_t *root, const char *file, uint64_t size);

#endif
