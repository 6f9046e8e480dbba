/* SPDX-License-Identifier: MIT */
#include "base/lazy_memory.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/bits.h"

#define LARGE_PAGE_BYTES ((uintptr_t)1 << 21)

/* Not the first ones: who uses little pays for little. The host may decline. */
static void ask_for_large_pages(void *memory, size_t bytes)
{
    uintptr_t first = align_up((uintptr_t)memory, LARGE_PAGE_BYTES) + LARGE_PAGE_BYTES;
    uintptr_t end = (uintptr_t)memory + bytes;
    if (first < end)
        madvise((void *)first, end - first, MADV_HUGEPAGE);
}

void *lazy_alloc(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    ask_for_large_pages(memory, bytes);
    return memory;
}

void lazy_free(void *memory, size_t bytes)
{
    if (memory != NULL)
        munmap(memory, bytes);
}
