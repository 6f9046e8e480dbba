/* SPDX-License-Identifier: MIT */
#include "base/lazy_memory.h"

#include <sys/mman.h>

void *lazy_alloc(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void lazy_free(void *memory, size_t bytes)
{
    if (memory != NULL)
        munmap(memory, bytes);
}
