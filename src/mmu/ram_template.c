/* SPDX-License-Identifier: MIT */
#include "mmu/ram_template.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

bool ram_map_template(struct ram *ram, const struct ram_template *template, struct error *err)
{
    void *host = mmap(ram->host, ram->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED,
                      template->fd, (off_t) template->offset);
    if (host == MAP_FAILED)
        return error_set(err, "cannot map %llu MiB of guest RAM from a template: %s",
                         (unsigned long long)(ram->size >> 20), strerror(errno));
    ram->template = template;
    return true;
}

static bool check_page(const struct ram *ram, uint64_t page)
{
    const struct ram_template *template = ram->template;
    if (ram->page_state[page] & RAM_PAGE_CHECKED)
        return true;
    if (template->checksum(ram->host + (page << PAGE_SHIFT)) != template->checksums[page]) {
        template->broken(template->owner, ram->base + (page << PAGE_SHIFT));
        return false;
    }
    ram->page_state[page] |= RAM_PAGE_CHECKED;
    return true;
}

bool ram_check_pages(const struct ram *ram, uint64_t offset, uint64_t length)
{
    if (length == 0)
        return true;
    uint64_t last = (offset + length - 1) >> PAGE_SHIFT;
    for (uint64_t page = offset >> PAGE_SHIFT; page <= last; page++)
        if (!check_page(ram, page))
            return false;
    return true;
}

static bool may_hold_data(const struct ram *ram, uint64_t page)
{
    return ram->template->checksums[page] != 0 || (ram->page_state[page] & RAM_PAGE_CHECKED) != 0;
}

bool ram_template_next_data(const struct ram *ram, uint64_t *first, uint64_t *end)
{
    uint64_t page = *first >> PAGE_SHIFT, pages = ram->size >> PAGE_SHIFT;
    while (page < pages && !may_hold_data(ram, page))
        page++;
    *first = page << PAGE_SHIFT;
    bool found = page < pages;
    while (page < pages && may_hold_data(ram, page))
        page++;
    *end = page << PAGE_SHIFT;
    return found;
}
