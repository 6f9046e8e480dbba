/* SPDX-License-Identifier: MIT */
/* Libraries that are loaded when a machine wants them, so that others neither start later nor need them: a table of pointers to
 * their functions. Owns nothing. */
#ifndef MICROVM_HOST_SHARED_LIBRARY_H
#define MICROVM_HOST_SHARED_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct shared_symbol {
    const char *name;
    size_t offset; /* of the pointer in the table */
    bool optional; /* NULL if it is not there */
};

struct shared_library {
    const char *file;    /* with the ABI's number */
    const char *missing; /* what to say if it is not there: who needs it, and how to get it */
    const struct shared_symbol *symbols;
    size_t count;
    const char *version; /* that has all the symbols; NULL: there is no telling */
};

/* Fills the table. NULL: err names the package that is missing; otherwise what dlclose takes. */
void *shared_library_open(const struct shared_library *library, void *table, struct error *err);

#endif
