/* SPDX-License-Identifier: MIT */
/* The symbols of an ELF file: its functions in order of address for messages, and single values by name. */
#ifndef MICROVM_MACHINE_BOOT_SYMBOL_H
#define MICROVM_MACHINE_BOOT_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the ELF's tables lie in its bytes, both checked to be inside. names ends with a NUL. */
struct boot_symtab {
    const uint8_t *entries;
    uint64_t count;
    const char *names;
    uint64_t name_bytes;
};

struct boot_function {
    uint64_t addr; /* as linked */
    uint64_t size; /* 0: unknown, up to the next one */
    const char *name;
};

struct boot_functions {
    struct boot_function *list;
    size_t count;
};

/* The value of the defined symbol called name; false: there is none. */
bool boot_symtab_find(const struct boot_symtab *tab, const char *name, uint64_t *value);

/* Sorts the functions and code labels of tab; names stay borrowed. False: out of memory. */
bool boot_functions_create(struct boot_functions *functions, const struct boot_symtab *tab);
void boot_functions_destroy(struct boot_functions *functions);

/* The function that addr lies in; NULL: none. */
const struct boot_function *boot_functions_at(const struct boot_functions *functions, uint64_t addr);

#endif
