/* SPDX-License-Identifier: MIT */
#include "snapshot/configuration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "host/disk/disk_overlay.h"
#include "machine/blocks.h"
#include "machine/framebuffer.h"
#include "machine/inspect.h"
#include "mmu/ram.h"
#include "snapshot/disk_digest.h"
#include "virtio/slots.h"

static const struct state_field disk_fields[] = {
    STATE(struct saved_disk, size_bytes, STATE_ANY, "of the image"),
    STATE_BYTES(struct saved_disk, digest,
                "of the image: BLAKE2b-256 of its pieces of 64 KiB that are not zero, each behind its offset"),
    STATE(struct saved_disk, cache, DISK_CACHE_UNSAFE, "0: writeback, 1: writethrough, 2: unsafe"),
    STATE(struct saved_disk, read_only, 1, "the guest cannot write it"),
    STATE(struct saved_disk, overlay, 1, "what the guest changed is in the sections disk-N-map and disk-N-data"),
    STATE_BYTES(struct saved_disk, serial, "with a zero behind it"),
    STATE_END,
};

static const struct state_field port_fields[] = {
    STATE_BYTES(struct saved_port, name, "with a zero behind it; empty: a console"),
    STATE_END,
};

static const struct state_field device_fields[] = {
    STATE_BYTES(struct recorded_device, kind, "its name, with zeros behind it"),
    STATE_BYTES(struct recorded_device, option, "as its option takes it, without names of files; zeros behind it"),
    STATE_END,
};

static const struct state_field ext_fields[] = {
#define EXT(id, named, on, needs, announced, tag)                                                                      \
    {.name = named,                                                                                                    \
     .offset = offsetof(struct ext_set, has[EXT_##id]),                                                                \
     .size = sizeof(bool),                                                                                             \
     .most = 1,                                                                                                        \
     .meaning = "on"},
#include "cpu/ext.def"
#undef EXT
    STATE_END,
};

static const struct state_field configuration_fields[] = {
    STATE(struct configuration, memory_bytes, STATE_ANY, "of RAM"),
    STATE(struct configuration, seed, STATE_ANY, "--seed"),
    STATE(struct configuration, slots, BITS(VIRTIO_SLOT_COUNT - 1, 0), "a bit for each VirtIO slot that has a device"),
    STATE(struct configuration, framebuffer.width, STATE_ANY, "of a framebuffer, in pixels; 0: there is none"),
    STATE(struct configuration, framebuffer.height, STATE_ANY, "likewise"),
    STATE(struct configuration, cpus, MACHINE_MAX_HARTS, "harts"),
    STATE(struct configuration, has_seed, 1, "--seed was given"),
    STATE(struct configuration, clock, CLOCK_VIRTUAL, "0: the host's, 1: virtual"),
    STATE(struct configuration, pmp_open, 1, "PMP lets all through at reset"),
    STATE(struct configuration, virtio_legacy, 1, "VirtIO devices speak version 1"),
    STATE(struct configuration, disk_count, MACHINE_MAX_DISKS, "disks"),
    STATE(struct configuration, port_count, MACHINE_MAX_PORTS, "ports of the VirtIO console"),
    STATE(struct configuration, device_count, PERIPHERALS_MAX_RECORDED, "further devices"),
    STATE_INNER(struct configuration, ext, ext_fields,
                "each extension that this build knows, in the order of cpu/ext.def"),
    STATE_INNERS(struct configuration, disks, disk_fields, "those that are there come first; zeros behind them"),
    STATE_INNERS(struct configuration, ports, port_fields, "likewise"),
    STATE_INNERS(struct configuration, devices, device_fields, "likewise"),
    STATE_END,
};

/* Printable, and zeros from the first zero on: what is compared and shown can be relied on. */
static bool is_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    for (size_t i = length; i < size; i++)
        if (text[i] != '\0')
            return false;
    return length < size;
}

static bool disk_is_legal(const struct saved_disk *disk)
{
    return disk->size_bytes != 0 && disk->size_bytes % DISK_SECTOR_BYTES == 0 && disk->size_bytes <= INT64_MAX &&
           !(disk->overlay && disk->read_only) && is_text(disk->serial, sizeof disk->serial);
}

static bool configuration_is_legal(const void *object)
{
    const struct configuration *c = object;
    bool legal = c->cpus != 0 && c->memory_bytes != 0 && is_aligned(c->memory_bytes, PAGE_BYTES) && c->ext.has[EXT_I] &&
                 framebuffer_is_legal(&c->framebuffer);
    for (unsigned i = 0; i < c->disk_count; i++)
        legal = legal && disk_is_legal(&c->disks[i]);
    for (unsigned i = 0; i < c->port_count; i++)
        legal = legal && is_text(c->ports[i].name, sizeof c->ports[i].name);
    for (unsigned i = 0; i < PERIPHERALS_MAX_RECORDED; i++)
        legal = legal && is_text(c->devices[i].kind, sizeof c->devices[i].kind) &&
                is_text(c->devices[i].option, sizeof c->devices[i].option);
    return legal;
}

const struct state_table configuration_table = {
    .fields = configuration_fields,
    .bytes = sizeof(struct configuration),
    .check = configuration_is_legal,
};

uint64_t configuration_memory(const struct configuration *c)
{
    const struct machine_config config = {.memory_bytes = c->memory_bytes, .framebuffer = c->framebuffer};
    return framebuffer_memory(&config).bytes;
}

/* Out of a machine. */

/* What the disk was made of, without what the guest has changed in an overlay. */
static const struct disk_image *image_of(const struct peripherals *peripherals, unsigned n)
{
    const struct disk_overlay *overlay = peripherals_overlay(peripherals, n);
    return overlay != NULL ? disk_overlay_under(overlay) : disk_image(peripherals_disk(peripherals, n));
}

static bool disk_of(const struct peripherals *peripherals, unsigned n, struct saved_disk *saved, struct error *err)
{
    const struct disk *disk = peripherals_disk(peripherals, n);
    saved->size_bytes = disk_size_bytes(disk);
    saved->cache = (uint8_t)disk_cache_mode(disk);
    saved->read_only = disk_is_read_only(disk);
    saved->overlay = peripherals_overlay(peripherals, n) != NULL;
    strcpy(saved->serial, disk_serial(disk));
    return disk_digest(image_of(peripherals, n), disk_path(disk), saved->digest, err);
}

/* Both have been parsed when the machine was made. */
static void ports_of(const struct machine_config *config, struct configuration *c)
{
    struct port_options port;
    c->port_count = (uint8_t)config->port_count;
    for (unsigned i = 0; i < config->port_count; i++)
        if (port_options_parse(config->ports[i], &port, NULL))
            strcpy(c->ports[i].name, port.name);
}

bool configuration_of(struct machine *machine, struct configuration *c, struct error *err)
{
    const struct machine_config *config = machine_config(machine);
    const struct peripherals *peripherals = machine_peripherals(machine);
    memset(c, 0, sizeof *c);
    c->memory_bytes = config->memory_bytes;
    c->seed = config->has_seed ? config->seed : 0;
    c->framebuffer = config->framebuffer;
    c->cpus = config->cpus;
    c->has_seed = config->has_seed;
    c->clock = (uint8_t)config->clock;
    c->pmp_open = config->pmp_open;
    c->virtio_legacy = config->virtio_legacy;
    c->ext = config->ext;
    ports_of(config, c);
    c->device_count = (uint8_t)peripherals_recorded(config, c->devices);
    if (!peripherals_slots(config, &c->slots, err))
        return false;
    c->disk_count = (uint8_t)config->disk_count;
    for (unsigned i = 0; i < c->disk_count; i++)
        if (!disk_of(peripherals, i, &c->disks[i], err))
            return false;
    return true;
}

/* Into one. */

static bool check_ports(const struct configuration *c, const char *file, const struct machine_config *config,
                        struct error *err)
{
    struct configuration named = {0};
    ports_of(config, &named);
    if (named.port_count != c->port_count)
        return error_set(err, "--hvc: %u ports are named, and snapshot '%s' has %u", named.port_count, file,
                         c->port_count);
    for (unsigned i = 0; i < c->port_count; i++)
        if (strcmp(named.ports[i].name, c->ports[i].name) != 0)
            return error_set(err, "--hvc '%s': port %u is called '%s', and in snapshot '%s' '%s'", config->ports[i], i,
                             named.ports[i].name, file, c->ports[i].name);
    return true;
}

/* The n-th of a list of a kind; NULL: there are fewer. */
static const char *device_of(const struct recorded_device *devices, unsigned count, const char *kind, unsigned n)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(devices[i].kind, kind) == 0 && n-- == 0)
            return devices[i].option;
    return NULL;
}

/* What the snapshot has of a kind, and what is named, must be the same. */
static bool check_kind(const struct configuration *c, const struct configuration *named, const char *kind,
                       const char *file, struct error *err)
{
    bool host_less;
    const char *option = peripherals_kind(kind, &host_less);
    if (option == NULL)
        return error_set(err, "snapshot '%s' has a device '%s', which this program has not", file, kind);
    for (unsigned n = 0;; n++) {
        const char *was = device_of(c->devices, c->device_count, kind, n);
        const char *is = device_of(named->devices, named->device_count, kind, n);
        if (was == NULL && is == NULL)
            return true;
        if (was == NULL)
            return error_set(err, "%s '%s': snapshot '%s' has no such device", option, is, file);
        if (is == NULL)
            return error_set(err, "snapshot '%s' has %s '%s', and none is named: give it as it was", file, option, was);
        if (strcmp(was, is) != 0)
            return error_set(err, "%s: '%s' is named, and in snapshot '%s' it is '%s'", option, is, file, was);
    }
}

/* A kind that nothing of the host stands behind is taken over where none is named. */
static bool take_kind(const struct configuration *named, const struct recorded_device *device,
                      struct machine_config *config, struct error *err)
{
    bool host_less = false;
    bool is_named = device_of(named->devices, named->device_count, device->kind, 0) != NULL;
    if (peripherals_kind(device->kind, &host_less) == NULL || !host_less || is_named)
        return true;
    return peripherals_replay(config, device, 1, err);
}

static bool check_devices(const struct configuration *c, const char *file, struct machine_config *config,
                          struct error *err)
{
    struct configuration named = {0};
    named.device_count = (uint8_t)peripherals_recorded(config, named.devices);
    for (unsigned i = 0; i < c->device_count; i++)
        if (!take_kind(&named, &c->devices[i], config, err))
            return false;
    named.device_count = (uint8_t)peripherals_recorded(config, named.devices);
    for (unsigned i = 0; i < c->device_count; i++)
        if (!check_kind(c, &named, c->devices[i].kind, file, err))
            return false;
    for (unsigned i = 0; i < named.device_count; i++)
        if (!check_kind(c, &named, named.devices[i].kind, file, err))
            return false;
    return true;
}

/* Of the devices that nothing else is known of. */
static bool check_slots(const struct configuration *c, const char *file, const struct machine_config *config,
                        struct error *err)
{
    uint64_t named;
    if (!peripherals_slots(config, &named, err))
        return false;
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++) {
        const char *option = peripherals_option(slot);
        bool was = (c->slots & BIT(slot)) != 0, is = (named & BIT(slot)) != 0;
        if (was == is)
            continue;
        return error_set(err,
                         is ? "snapshot '%s' has no device at 0x%" PRIx64 ": leave %s out"
                            : "snapshot '%s' has a device at 0x%" PRIx64 " that is not named: give %s as it was",
                         file, virtio_slot(slot).base, option != NULL ? option : "its option");
    }
    return true;
}

bool configuration_apply(const struct configuration *c, const char *file, struct machine_config *config,
                         struct error *err)
{
    if (config->disk_count != c->disk_count)
        return error_set(err,
                         "--disk: %u disks are named, and snapshot '%s' has %u: name the same images in the same order",
                         config->disk_count, file, c->disk_count);
    if (!check_ports(c, file, config, err) || !check_devices(c, file, config, err) ||
        !check_slots(c, file, config, err))
        return false;
    config->memory_bytes = c->memory_bytes;
    config->framebuffer = c->framebuffer;
    config->cpus = c->cpus;
    config->ext = c->ext;
    config->clock = (enum clock_mode)c->clock;
    config->has_seed = c->has_seed;
    config->seed = c->seed;
    config->pmp_open = c->pmp_open;
    config->virtio_legacy = c->virtio_legacy;
    for (unsigned i = 0; i < c->disk_count; i++)
        config->disks_overlaid |= (uint32_t)c->disks[i].overlay << i;
    return true;
}

static void print_digest(const uint8_t digest[BLAKE2B_BYTES], char text[2 * BLAKE2B_BYTES + 1])
{
    for (unsigned i = 0; i < BLAKE2B_BYTES; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
}

static bool check_digest(const struct saved_disk *saved, const char *file, const struct peripherals *peripherals,
                         unsigned n, struct error *err)
{
    const char *path = disk_path(peripherals_disk(peripherals, n));
    uint8_t digest[BLAKE2B_BYTES];
    char is[2 * BLAKE2B_BYTES + 1], was[2 * BLAKE2B_BYTES + 1];
    if (!disk_digest(image_of(peripherals, n), path, digest, err))
        return false;
    if (memcmp(digest, saved->digest, sizeof digest) == 0)
        return true;
    print_digest(digest, is);
    print_digest(saved->digest, was);
    return error_set(err, "disk '%s' is not as it was when snapshot '%s' was saved: its digest is %s, and was %s", path,
                     file, is, was);
}

static bool check_disk(const struct saved_disk *saved, const char *file, const struct peripherals *peripherals,
                       unsigned n, struct error *err)
{
    const struct disk *disk = peripherals_disk(peripherals, n);
    static const char *const access[] = {"writable", "read-only"};
    static const char *const caches[] = {"writeback", "writethrough", "unsafe"};
    if (disk_size_bytes(disk) != saved->size_bytes)
        return error_set(err, "disk '%s' has %" PRIu64 " bytes, and the one in snapshot '%s' %" PRIu64, disk_path(disk),
                         disk_size_bytes(disk), file, saved->size_bytes);
    if (disk_is_read_only(disk) != saved->read_only)
        return error_set(err, "disk '%s' is %s, and the one in snapshot '%s' %s", disk_path(disk),
                         access[disk_is_read_only(disk)], file, access[saved->read_only]);
    if (disk_cache_mode(disk) != saved->cache)
        return error_set(err, "disk '%s' has cache=%s, and the one in snapshot '%s' cache=%s", disk_path(disk),
                         caches[disk_cache_mode(disk)], file, caches[saved->cache]);
    if (strcmp(disk_serial(disk), saved->serial) != 0)
        return error_set(err, "disk '%s' has the serial '%s', and the one in snapshot '%s' '%s'", disk_path(disk),
                         disk_serial(disk), file, saved->serial);
    return check_digest(saved, file, peripherals, n, err);
}

bool configuration_check_disks(const struct configuration *c, const char *file, struct machine *machine,
                               struct error *err)
{
    for (unsigned i = 0; i < c->disk_count; i++)
        if (!check_disk(&c->disks[i], file, machine_peripherals(machine), i, err))
            return false;
    return true;
}
