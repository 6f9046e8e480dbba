/* SPDX-License-Identifier: MIT */
#include "snapshot/saved_ram.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "mmu/ram_template.h"

_Static_assert(PAGE_BYTES == CONTAINER_PAGE_BYTES, "a guest's page is what a container maps");

struct saved_ram {
    struct machine *machine;
    struct container *container;
    struct ram_template template;
};

/* In pieces, since of a template each page is checked before it is copied. */
static bool save_run(const struct ram *ram, uint64_t first, uint64_t end, struct container_writer *writer,
                     struct error *err)
{
    for (uint64_t at = first; at < end; at += PAGE_BYTES) {
        const uint8_t *page = ram_at(ram, ram->base + at, PAGE_BYTES);
        if (page == NULL)
            return error_set(err, "page 0x%" PRIx64 " of guest RAM is damaged", ram->base + at);
        if (!container_append(writer, page, PAGE_BYTES, err))
            return false;
    }
    return true;
}

static bool save_pages(const struct ram *ram, struct container_writer *writer, struct error *err)
{
    uint64_t done = 0;
    for (uint64_t at = 0, end = 0; ram_next_data(ram, &at, &end); at = end) {
        if (!container_append_zeros(writer, at - done, err) || !save_run(ram, at, end, writer, err))
            return false;
        done = end;
    }
    return container_append_zeros(writer, ram->size - done, err);
}

bool saved_ram_save(const struct ram *ram, struct container_writer *writer, struct error *err)
{
    return container_section_begin(writer, "ram", SAVED_RAM_VERSION, CONTAINER_CHUNKS, err) &&
           save_pages(ram, writer, err) && container_section_end(writer, err);
}

bool saved_ram_save_pages(const struct ram *ram, const uint8_t *boot, size_t boot_bytes,
                          struct container_writer *writer, struct error *err)
{
    return container_section_begin(writer, "ram", SAVED_RAM_VERSION, CONTAINER_PAGES, err) &&
           save_pages(ram, writer, err) && container_append(writer, boot, boot_bytes, err) &&
           container_append_zeros(writer, align_up(boot_bytes, PAGE_BYTES) - boot_bytes, err) &&
           container_section_end(writer, err);
}

static void end_run(void *owner, uint64_t pa)
{
    const struct saved_ram *saved = owner;
    struct error why;
    error_set(&why, "snapshot '%s': page 0x%" PRIx64 " of guest RAM is damaged: it has not the checksum that was saved",
              container_path(saved->container), pa);
    machine_fail(saved->machine, &why);
}

static bool map_pages(struct saved_ram *saved, const struct container_template *pages, struct ram *ram,
                      struct error *err)
{
    saved->template = (struct ram_template){
        .fd = pages->fd,
        .offset = pages->offset,
        .checksums = pages->checksums,
        .checksum = container_page_checksum,
        .owner = saved,
        .broken = end_run,
    };
    return ram_map_template(ram, &saved->template, err);
}

static bool load_ram(struct saved_ram *saved, struct ram *ram, struct error *err)
{
    struct container_template pages;
    const struct container_section *section = container_find(saved->container, "ram", SAVED_RAM_VERSION, err);
    if (section == NULL)
        return false;
    bool pages_fit = section->form == CONTAINER_PAGES && section->bytes >= ram->size; /* and the start is behind it */
    if (section->bytes != ram->size && !pages_fit)
        return error_set(err, "snapshot '%s': section 'ram' has %" PRIu64 " bytes, and the machine has %" PRIu64,
                         container_path(saved->container), section->bytes, ram->size);
    if (section->form == CONTAINER_PAGES && container_template(saved->container, &pages))
        return map_pages(saved, &pages, ram, err);
    return container_load(saved->container, section, ram->host, ram->size, err);
}

struct saved_ram *saved_ram_load(struct container *container, struct machine *machine, struct error *err)
{
    struct saved_ram *saved = calloc(1, sizeof *saved);
    if (saved == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    saved->machine = machine;
    saved->container = container;
    if (load_ram(saved, machine_memory(machine).ram, err))
        return saved;
    free(saved);
    return NULL;
}

void saved_ram_destroy(struct saved_ram *saved)
{
    free(saved);
}
