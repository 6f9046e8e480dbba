/* SPDX-License-Identifier: MIT */
#include "snapshot/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "machine/boot_saved.h"
#include "machine/inspect.h"
#include "machine/saved.h"
#include "snapshot/saved_disks.h"
#include "snapshot/saved_ram.h"

/* Of the sections whose layout is the same for all: a part's numbers, as its table of state has them. */
#define PART_VERSION 1
#define BOOT_VERSION 1
/* No part comes near it: what a file may have us allocate. */
#define MAX_SECTION_BYTES (UINT64_C(1) << 30)

struct snapshot {
    struct container *container;
    struct configuration configuration;
    uint8_t *boot;
    size_t boot_bytes;
    const uint32_t *boot_checksums; /* of a template's pages, where the start is mapped; NULL: it is right */
    struct saved_ram *ram;
};

/* Saving. */

static bool save_configuration(const struct configuration *configuration, struct container_writer *writer,
                               struct error *err)
{
    size_t count = state_saved_bytes(&configuration_table, configuration);
    uint8_t *bytes = malloc(count);
    if (bytes == NULL)
        return error_set(err, "out of memory");
    state_save(&configuration_table, configuration, bytes);
    bool ok = container_section(writer, "configuration", CONFIGURATION_VERSION, bytes, count, err);
    free(bytes);
    return ok;
}

/* The start, and RAM: of a template in one section, which says in "boot-bytes" how much of it is which. */
static bool save_memory(struct machine *machine, enum snapshot_format format, struct container_writer *writer,
                        struct error *err)
{
    const struct boot_plan *plan = machine_plan(machine);
    const struct ram *ram = machine_memory(machine).ram;
    size_t count = boot_plan_bytes(plan);
    uint8_t *bytes = malloc(count), number[8];
    if (bytes == NULL)
        return error_set(err, "out of memory");
    little_put(number, sizeof number, count);
    const struct machine_config *config = machine_config(machine);
    bool right = config->saved_boot_check == NULL || config->saved_boot_check(config->saved_boot_owner, err);
    bool ok = right && boot_plan_save(plan, bytes, err);
    if (format == SNAPSHOT_TEMPLATE)
        ok = ok && container_section(writer, "boot-bytes", BOOT_VERSION, number, sizeof number, err) &&
             saved_ram_save_pages(ram, bytes, count, writer, err);
    else
        ok = ok && container_section(writer, "boot", BOOT_VERSION, bytes, count, err) &&
             saved_ram_save(ram, writer, err);
    free(bytes);
    return ok;
}

static bool save_part(const struct state_part *part, struct container_writer *writer, struct error *err)
{
    size_t count = state_part_bytes(part);
    uint8_t *bytes = malloc(count != 0 ? count : 1);
    if (bytes == NULL)
        return error_set(err, "out of memory");
    state_part_save(part, bytes);
    bool ok = container_section(writer, part->name, PART_VERSION, bytes, count, err);
    free(bytes);
    return ok;
}

static bool save_parts(const struct machine *machine, struct container_writer *writer, struct error *err)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    unsigned count = machine_parts(machine, parts);
    for (unsigned i = 0; i < count; i++)
        if (!save_part(&parts[i], writer, err))
            return false;
    return true;
}

static bool save_all(struct machine *machine, const struct configuration *configuration, enum snapshot_format format,
                     struct container_writer *writer, struct error *err)
{
    return save_configuration(configuration, writer, err) && save_parts(machine, writer, err) &&
           saved_disks_save(configuration, machine, writer, err) && save_memory(machine, format, writer, err);
}

bool snapshot_save(struct machine *machine, const char *path, enum snapshot_format format, struct error *err)
{
    struct configuration configuration;
    struct container_options options = {.compression = container_best_compression()};
    machine_settle(machine);
    machine_forget_translations(machine);
    if (!configuration_of(machine, &configuration, err))
        return false;
    struct container_writer *writer = container_writer_open(path, &options, err);
    if (writer == NULL)
        return false;
    if (save_all(machine, &configuration, format, writer, err))
        return container_commit(writer, err);
    container_abort(writer);
    return false;
}

/* Loading. */

/* A section's contents, to be freed; NULL: it is not there, or cannot be had. */
static uint8_t *read_section(struct container *container, const char *name, uint32_t version, size_t *count,
                             struct error *err)
{
    const struct container_section *section = container_find(container, name, version, err);
    if (section == NULL)
        return NULL;
    if (section->bytes > MAX_SECTION_BYTES) {
        error_set(err, "snapshot '%s': section '%s' has %llu bytes, which is too much", container_path(container), name,
                  (unsigned long long)section->bytes);
        return NULL;
    }
    *count = (size_t)section->bytes;
    uint8_t *bytes = calloc(1, *count + 1);
    if (bytes == NULL)
        error_set(err, "out of memory");
    else if (container_load(container, section, bytes, *count, err))
        return bytes;
    free(bytes);
    return NULL;
}

static bool in_section(const struct snapshot *s, const char *name, struct error *err)
{
    return error_prefix(err, "snapshot '%s': section '%s'", container_path(s->container), name);
}

static bool load_configuration(struct snapshot *s, struct error *err)
{
    size_t count;
    uint8_t *bytes = read_section(s->container, "configuration", CONFIGURATION_VERSION, &count, err);
    if (bytes == NULL)
        return false;
    bool ok =
        state_load(&configuration_table, &s->configuration, bytes, count, err) || in_section(s, "configuration", err);
    free(bytes);
    return ok;
}

/* The start, where it is mapped. */

static bool check_boot(const struct snapshot *s, size_t first, size_t end, struct error *err)
{
    for (size_t at = align_down(first, CONTAINER_PAGE_BYTES); at < end; at += CONTAINER_PAGE_BYTES)
        if (container_page_checksum(s->boot + at) != s->boot_checksums[at / CONTAINER_PAGE_BYTES])
            return error_set(err, "snapshot '%s': byte %zu of the guest's start is in a damaged page",
                             container_path(s->container), at);
    return true;
}

static bool check_whole_boot(void *owner, struct error *err)
{
    const struct snapshot *s = owner;
    return check_boot(s, 0, s->boot_bytes, err);
}

/* What is looked at before the guest's first reset. */
static bool check_boot_heads(const struct snapshot *s, struct error *err)
{
    size_t at = 0, end;
    do {
        at = boot_plan_next_head(s->boot, s->boot_bytes, at);
        end = s->boot_bytes - at < BOOT_PIECE_HEAD_BYTES ? s->boot_bytes : at + BOOT_PIECE_HEAD_BYTES;
        if (!check_boot(s, at, end, err))
            return false;
    } while (at < s->boot_bytes);
    return true;
}

static bool map_boot(struct snapshot *s, struct error *err)
{
    struct container_template pages;
    uint64_t ram = configuration_memory(&s->configuration);
    size_t count;
    uint8_t *number = read_section(s->container, "boot-bytes", BOOT_VERSION, &count, err);
    if (number == NULL)
        return false;
    s->boot_bytes = (size_t)little_get(number, count < 8 ? (unsigned)count : 8);
    free(number);
    if (!container_template(s->container, &pages) || count != 8 || pages.bytes < ram || s->boot_bytes == 0 ||
        align_up(s->boot_bytes, CONTAINER_PAGE_BYTES) != pages.bytes - ram)
        return error_set(err, "snapshot '%s': RAM and the guest's start are not as long as they should be",
                         container_path(s->container));
    void *at = mmap(NULL, s->boot_bytes, PROT_READ, MAP_PRIVATE, pages.fd, (off_t)(pages.offset + ram));
    if (at == MAP_FAILED)
        return error_set(err, "snapshot '%s': cannot be mapped: %s", container_path(s->container), strerror(errno));
    s->boot = at;
    s->boot_checksums = pages.checksums + ram / CONTAINER_PAGE_BYTES;
    return check_boot(s, 0, 1, err) && check_boot_heads(s, err);
}

static bool open_boot(struct snapshot *s, struct error *err)
{
    if (container_look_for(s->container, "boot-bytes") != NULL)
        return map_boot(s, err);
    s->boot = read_section(s->container, "boot", BOOT_VERSION, &s->boot_bytes, err);
    return s->boot != NULL;
}

struct snapshot *snapshot_open(const char *path, struct error *err)
{
    struct snapshot *s = calloc(1, sizeof *s);
    if (s == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    s->container = container_open(path, err);
    if (s->container == NULL || !load_configuration(s, err))
        goto fail;
    if (open_boot(s, err))
        return s;
fail:
    snapshot_close(s);
    return NULL;
}

void snapshot_close(struct snapshot *s)
{
    if (s == NULL)
        return;
    saved_ram_destroy(s->ram);
    if (s->boot_checksums != NULL)
        munmap(s->boot, s->boot_bytes);
    else
        free(s->boot);
    container_close(s->container);
    free(s);
}

const struct configuration *snapshot_configuration(const struct snapshot *s)
{
    return &s->configuration;
}

struct container *snapshot_container(struct snapshot *s)
{
    return s->container;
}

bool snapshot_configure(const struct snapshot *s, struct machine_config *config, struct error *err)
{
    const char *path = container_path(s->container);
    if (!configuration_apply(&s->configuration, path, config, err))
        return false;
    config->saved_boot = s->boot;
    config->saved_boot_bytes = s->boot_bytes;
    if (s->boot_checksums != NULL) {
        config->saved_boot_check = check_whole_boot;
        config->saved_boot_owner = (void *)(uintptr_t)s;
    }
    return true;
}

/* What is to be loaded, read and checked. */
struct loading {
    struct snapshot *snapshot;
    struct state_part parts[MACHINE_MAX_PARTS];
    uint8_t *bytes[MACHINE_MAX_PARTS];
    size_t counts[MACHINE_MAX_PARTS];
    unsigned count;
};

static bool check_part(struct loading *l, unsigned i, struct error *err)
{
    const char *name = l->parts[i].name;
    l->bytes[i] = read_section(l->snapshot->container, name, PART_VERSION, &l->counts[i], err);
    return l->bytes[i] != NULL &&
           (state_part_check(&l->parts[i], l->bytes[i], l->counts[i], err) || in_section(l->snapshot, name, err));
}

static bool load_part(struct loading *l, unsigned i, struct error *err)
{
    return state_part_load(&l->parts[i], l->bytes[i], l->counts[i], err) ||
           in_section(l->snapshot, l->parts[i].name, err);
}

static bool load_parts(struct snapshot *s, struct machine *machine, struct error *err)
{
    struct loading *l = calloc(1, sizeof *l);
    if (l == NULL)
        return error_set(err, "out of memory");
    l->snapshot = s;
    l->count = machine_parts(machine, l->parts);
    bool ok = true;
    for (unsigned i = 0; ok && i < l->count; i++)
        ok = check_part(l, i, err);
    for (unsigned i = 0; ok && i < l->count; i++)
        ok = load_part(l, i, err);
    for (unsigned i = 0; i < l->count; i++)
        free(l->bytes[i]);
    free(l);
    return ok;
}

bool snapshot_load(struct snapshot *s, struct machine *machine, bool disks, struct error *err)
{
    const char *path = container_path(s->container);
    if (disks && !configuration_check_disks(&s->configuration, path, machine, err))
        return false;
    s->ram = saved_ram_load(s->container, machine, err);
    if (s->ram == NULL || !load_parts(s, machine, err) ||
        !saved_disks_load(&s->configuration, s->container, machine, err))
        return false;
    machine_loaded(machine);
    return true;
}
