/* SPDX-License-Identifier: MIT */
/* Large tables of which little may ever be used: zeroed memory that costs nothing until it is touched. */
#ifndef MICROVM_BASE_LAZY_MEMORY_H
#define MICROVM_BASE_LAZY_MEMORY_H

#include <stddef.h>

/* NULL when there is none. */
void *lazy_alloc(size_t bytes);

/* bytes as given to lazy_alloc; NULL is accepted. */
void lazy_free(void *memory, size_t bytes);

#endif
