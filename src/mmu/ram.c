/* SPDX-License-Identifier: MIT */
#include "mmu/ram.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/lazy_memory.h"
#include "mmu/ram_template.h"

static bool map_host(struct ram *ram, struct error *err)
{
    ram->fd = memfd_create("guest-ram", MFD_CLOEXEC);
    if (ram->fd < 0 || ftruncate(ram->fd, (off_t)ram->size) != 0)
        return error_set(err, "cannot make %llu MiB of guest RAM: %s; try a smaller --memory",
                         (unsigned long long)(ram->size >> 20), strerror(errno));
    void *host = mmap(NULL, ram->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, ram->fd, 0);
    if (host == MAP_FAILED)
        return error_set(err, "cannot map %llu MiB of guest RAM: %s; try a smaller --memory",
                         (unsigned long long)(ram->size >> 20), strerror(errno));
    ram->host = host;
    return true;
}

bool ram_create(struct ram *ram, uint64_t base, uint64_t size_bytes, struct error *err)
{
    *ram = (struct ram){.base = base, .size = size_bytes, .fd = -1};
    uint64_t pages = size_bytes >> PAGE_SHIFT;
    if (!map_host(ram, err))
        goto fail;
    ram->page_state = lazy_alloc(pages);
    ram->stale = lazy_alloc(pages * sizeof *ram->stale);
    if (ram->page_state != NULL && ram->stale != NULL)
        return true;
    error_set(err, "out of memory for the page table of %llu MiB of guest RAM", (unsigned long long)(size_bytes >> 20));
fail:
    ram_destroy(ram);
    return false;
}

void ram_destroy(struct ram *ram)
{
    uint64_t pages = ram->size >> PAGE_SHIFT;
    lazy_free(ram->stale, pages * sizeof *ram->stale);
    lazy_free(ram->page_state, pages);
    lazy_free(ram->host, ram->size);
    if (ram->fd >= 0)
        close(ram->fd);
    *ram = (struct ram){.fd = -1};
}

void ram_keep(struct ram *ram, uint64_t pa, uint64_t length)
{
    if (length == 0)
        return;
    uint64_t last = (pa - ram->base + length - 1) >> PAGE_SHIFT;
    for (uint64_t page = (pa - ram->base) >> PAGE_SHIFT; page <= last; page++) {
        if (ram->page_state[page] & RAM_PAGE_KEPT)
            continue;
        if (ram->keeper->keep(ram->keeper->owner, (uint32_t)page, ram->host + (page << PAGE_SHIFT)))
            ram->page_state[page] |= RAM_PAGE_KEPT;
    }
}

static bool next_in_memfd(const struct ram *ram, uint64_t *first, uint64_t *end)
{
    off_t at = lseek(ram->fd, (off_t)*first, SEEK_DATA);
    if (at < 0)
        return false;
    *first = (uint64_t)at;
    *end = (uint64_t)lseek(ram->fd, at, SEEK_HOLE);
    return true;
}

bool ram_next_data(const struct ram *ram, uint64_t *first, uint64_t *end)
{
    return ram->template != NULL ? ram_template_next_data(ram, first, end) : next_in_memfd(ram, first, end);
}

void ram_note_written(struct ram *ram, uint64_t pa, uint64_t length)
{
    uint64_t first = pa - ram->base, end = first + length;
    for (uint64_t word = first >> 3; word << 3 < end; word++) {
        unsigned from = first > word << 3 ? (unsigned)(first & 7) : 0;
        unsigned to = end < (word + 1) << 3 ? (unsigned)(end & 7) : 8;
        ram->written[word] |= (uint8_t)(0xffu << from & 0xffu >> (8 - to));
    }
}

void ram_wrote(struct ram *ram, uint64_t pa, uint64_t length)
{
    if (length == 0)
        return;
    if (ram->watcher != NULL)
        ram->watcher->wrote(ram->watcher->owner, pa, length);
    if (UNLIKELY(ram->written != NULL))
        ram_note_written(ram, pa, length);
    uint64_t last = (pa - ram->base + length - 1) >> PAGE_SHIFT;
    for (uint64_t page = (pa - ram->base) >> PAGE_SHIFT; page <= last; page++) {
        uint8_t *state = &ram->page_state[page];
        if ((*state & (RAM_PAGE_CODE | RAM_PAGE_STALE)) != RAM_PAGE_CODE)
            continue;
        *state |= RAM_PAGE_STALE;
        ram->stale[ram->stale_count++] = (uint32_t)page;
        if (ram->stale_watcher != NULL)
            ram->stale_watcher->went_stale(ram->stale_watcher->owner, page);
    }
}
