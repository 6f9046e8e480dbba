/* SPDX-License-Identifier: MIT */
/* The mapping stays where it is, so that translations stay good: a hole in the memfd reads as zeros, and gets a page when it is used
 * again. Pages of a template are private to this process and cannot become holes: the memfd is mapped in their place. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmu/ram.h"

/* As fstat counts. */
#define BLOCK_BYTES 512u

static uint64_t memfd_bytes(const struct ram *ram)
{
    struct stat info;
    return fstat(ram->fd, &info) == 0 ? (uint64_t)info.st_blocks * BLOCK_BYTES : 0;
}

/* What is a hole already is not written, and needs no keeping. */
static bool keep_data(struct ram *ram, uint64_t first, uint64_t end)
{
    if (ram->keeper == NULL)
        return true;
    if (ram->template != NULL) {
        bool whole = ram_check_pages(ram, first, end - first);
        if (whole)
            ram_will_write(ram, ram->base + first, end - first);
        return whole;
    }
    for (off_t at = (off_t)first; (at = lseek(ram->fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < end; at += PAGE_BYTES)
        ram_will_write(ram, ram->base + (uint64_t)at, PAGE_BYTES);
    return true;
}

static bool punch(const struct ram *ram, uint64_t first, uint64_t end)
{
    return fallocate(ram->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)first, (off_t)(end - first)) == 0;
}

static bool replace_template(struct ram *ram, uint64_t first, uint64_t end)
{
    if (mmap(ram->host + first, end - first, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, ram->fd,
             (off_t)first) == MAP_FAILED)
        return false;
    for (uint64_t page = first >> PAGE_SHIFT; page < end >> PAGE_SHIFT; page++)
        ram->page_state[page] |= RAM_PAGE_CHECKED;
    return true;
}

static void forget_written(struct ram *ram, uint64_t first, uint64_t end)
{
    if (ram->written != NULL)
        memset(ram->written + (first >> 3), 0, (end - first) >> 3);
}

uint64_t ram_discard(struct ram *ram, uint64_t pa, uint64_t length)
{
    uint64_t host_page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t first = (pa - ram->base + host_page - 1) & ~(host_page - 1);
    uint64_t end = (pa - ram->base + length) & ~(host_page - 1);
    if (first >= end || !keep_data(ram, first, end))
        return 0;
    uint64_t before = memfd_bytes(ram);
    if (!punch(ram, first, end) || (ram->template != NULL && !replace_template(ram, first, end)))
        return 0;
    ram_wrote(ram, ram->base + first, end - first);
    forget_written(ram, first, end);
    uint64_t after = memfd_bytes(ram);
    return before > after ? before - after : 0;
}
