/* SPDX-License-Identifier: MIT */
/* The example kernels that are embedded in the command, by name: starter-kit/list's (cmake/starter_kit.cmake). */
#ifndef MICROVM_CLI_EXAMPLE_H
#define MICROVM_CLI_EXAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct example {
    const char *name;
    const char *meaning;
    unsigned cpus;              /* as many as it wants */
    const uint8_t *begin, *end; /* an ELF file */
};

/* All of them, in the order of help. */
const struct example *example_table(size_t *count);

/* NULL: no example has that name. */
const struct example *example_find(const char *name);

#endif
