/* SPDX-License-Identifier: MIT */
#include "snapshot/saved_disks.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/disk/disk_overlay.h"
#include "machine/blocks.h"
#include "machine/inspect.h"

#define PIECE_BYTES 65536u

static const char *section_name(char name[CONTAINER_NAME_BYTES], unsigned disk, const char *what)
{
    snprintf(name, CONTAINER_NAME_BYTES, "disk-%u-%s", disk, what);
    return name;
}

/* Saving. */

static bool save_run(const struct disk_overlay *overlay, uint64_t first, uint64_t end, uint8_t *piece,
                     struct container_writer *writer, struct error *err)
{
    while (first < end) {
        size_t count = end - first < PIECE_BYTES ? (size_t)(end - first) : PIECE_BYTES;
        if (!disk_overlay_read(overlay, first, piece, count, err) || !container_append(writer, piece, count, err))
            return false;
        first += count;
    }
    return true;
}

static bool save_data(const struct disk_overlay *overlay, uint64_t size, struct container_writer *writer,
                      struct error *err)
{
    uint8_t *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        return error_set(err, "out of memory");
    uint64_t done = 0;
    bool ok = true;
    for (uint64_t at = 0, end = 0; ok && disk_overlay_next(overlay, &at, &end); at = end) {
        ok = container_append_zeros(writer, at - done, err) && save_run(overlay, at, end, piece, writer, err);
        done = end;
    }
    free(piece);
    return ok && container_append_zeros(writer, size - done, err);
}

static bool save_disk(const struct disk_overlay *overlay, unsigned n, uint64_t size, struct container_writer *writer,
                      struct error *err)
{
    char name[CONTAINER_NAME_BYTES];
    size_t bytes;
    const uint8_t *map = disk_overlay_map(overlay, &bytes);
    return container_section(writer, section_name(name, n, "map"), SAVED_DISK_VERSION, map, bytes, err) &&
           container_section_begin(writer, section_name(name, n, "data"), SAVED_DISK_VERSION, CONTAINER_CHUNKS, err) &&
           save_data(overlay, size, writer, err) && container_section_end(writer, err);
}

bool saved_disks_save(const struct configuration *c, struct machine *machine, struct container_writer *writer,
                      struct error *err)
{
    const struct peripherals *peripherals = machine_peripherals(machine);
    for (unsigned i = 0; i < c->disk_count; i++)
        if (c->disks[i].overlay &&
            !save_disk(peripherals_overlay(peripherals, i), i, c->disks[i].size_bytes, writer, err))
            return false;
    return true;
}

/* Loading. */

static bool load_map(struct container *container, const char *name, struct disk_overlay *overlay, struct error *err)
{
    size_t bytes;
    disk_overlay_map(overlay, &bytes);
    const struct container_section *section = container_find(container, name, SAVED_DISK_VERSION, err);
    if (section == NULL)
        return false;
    uint8_t *map = calloc(1, bytes);
    if (map == NULL)
        return error_set(err, "out of memory");
    bool ok = container_load(container, section, map, bytes, err) &&
              (disk_overlay_load_map(overlay, map, bytes, err) ||
               error_prefix(err, "snapshot '%s': section '%s'", container_path(container), name));
    free(map);
    return ok;
}

static bool take_piece(void *owner, uint64_t offset, const uint8_t *bytes, size_t count, struct error *err)
{
    return disk_overlay_load(owner, offset, bytes, count, err);
}

static bool load_data(struct container *container, const char *name, uint64_t size, struct disk_overlay *overlay,
                      struct error *err)
{
    const struct container_section *section = container_find(container, name, SAVED_DISK_VERSION, err);
    if (section == NULL)
        return false;
    if (section->bytes != size)
        return error_set(err, "snapshot '%s': section '%s' has %llu bytes, and the disk %llu",
                         container_path(container), name, (unsigned long long)section->bytes, (unsigned long long)size);
    return container_each_piece(container, section, take_piece, overlay, err);
}

bool saved_disks_load(const struct configuration *c, struct container *container, struct machine *machine,
                      struct error *err)
{
    char name[CONTAINER_NAME_BYTES];
    for (unsigned i = 0; i < c->disk_count; i++) {
        struct disk_overlay *overlay = peripherals_overlay(machine_peripherals(machine), i);
        if (c->disks[i].overlay &&
            (!load_map(container, section_name(name, i, "map"), overlay, err) ||
             !load_data(container, section_name(name, i, "data"), c->disks[i].size_bytes, overlay, err)))
            return false;
    }
    return true;
}
