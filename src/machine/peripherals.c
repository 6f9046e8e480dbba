/* SPDX-License-Identifier: MIT */
#include "machine/peripherals.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/disk_log.h"
#include "machine/entropy.h"
#include "machine/network.h"
#include "machine/ports.h"
#include "virtio/blk.h"
#include "virtio/rng.h"
#include "virtio/transport_mmio.h"

/* A disk and the device before it. */
struct block {
    struct peripherals *owner;
    struct disk_options options;
    struct disk_file file;        /* until the disk has taken it over */
    struct disk *disk;            /* NULL: not made yet */
    struct disk_overlay *overlay; /* NULL: none */
    struct virtio_blk *device;
};

struct peripherals {
    struct peripherals_parts parts;
    struct virtio_mmio *transports[VIRTIO_SLOT_COUNT];
    struct entropy entropy;
    struct virtio_rng *rng;
    struct ports *ports;       /* NULL: there is no console */
    struct disk_log *disk_log; /* NULL: none */
    struct block blocks[MACHINE_MAX_DISKS];
    unsigned block_count;
    struct network *network;                            /* NULL: none */
    struct event_source sources[MACHINE_MAX_DISKS + 2]; /* the disks, the console and the network */
    unsigned source_count;
};

/* The first disk has a slot of its own, the others follow the slots with a fixed use. */
static unsigned block_slot(unsigned disk)
{
    return disk == 0 ? VIRTIO_SLOT_BLOCK : VIRTIO_SLOT_FURTHER + disk - 1;
}

bool peripherals_slots(const struct machine_config *config, uint32_t *slots, struct error *err)
{
    *slots = BIT(VIRTIO_SLOT_RNG) | (config->port_count != 0 ? BIT(VIRTIO_SLOT_CONSOLE) : 0);
    for (unsigned i = 0; i < config->disk_count; i++) {
        if (block_slot(i) >= VIRTIO_SLOT_COUNT)
            return error_set(err, "%u disks: there are slots for %u", config->disk_count, i);
        *slots |= BIT(block_slot(i));
    }
    if (network_wanted(config))
        *slots |= BIT(VIRTIO_SLOT_NET);
    return ports_check(config, err);
}

/* Puts a device, or none (class NULL), into a slot. */
static bool fill_slot(struct peripherals *p, unsigned slot, struct virtio_device device, struct error *err)
{
    struct virtio_slot place = virtio_slot(slot);
    struct virtio_mmio_config config = {
        .mem = p->parts.mem,
        .irq = plic_line(p->parts.plic, place.irq),
        .message = p->parts.message,
        .legacy = p->parts.config->virtio_legacy,
        .device = device,
    };
    p->transports[slot] = virtio_mmio_create(&config);
    if (p->transports[slot] == NULL)
        return error_set(err, "out of memory");
    return bus_attach(p->parts.bus, place.base, place.size, virtio_mmio_device(p->transports[slot]), err);
}

static void say_trouble(struct block *block)
{
    struct error warning;
    const struct virtio_message *message = &block->owner->parts.message;
    while (disk_take_warning(block->disk, &warning))
        message->say(message->owner, warning.text);
    if (block->owner->disk_log != NULL && disk_log_take_warning(block->owner->disk_log, &warning))
        message->say(message->owner, warning.text);
}

static void block_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct block *block = owner;
    (void)timeout_ns;
    wait_set_add(set, disk_event_fd(block->disk), POLLIN);
}

static void block_poll(void *owner)
{
    struct block *block = owner;
    virtio_blk_poll(block->device);
    say_trouble(block);
}

static uint64_t block_deadline(void *owner)
{
    const struct block *block = owner;
    return disk_next_deadline(block->disk);
}

/* An image with an overlay is opened as one that nobody writes, and shared as such. Of a replay the journal has what
 * was read, and
 * nothing is written. */
static bool open_disk_file(struct peripherals *p, unsigned i, struct error *err)
{
    struct block *block = &p->blocks[i];
    struct disk_options options = block->options;
    if (journal_replays(p->parts.journal)) {
        block->file = (struct disk_file){-1, p->parts.config->disk_bytes[i], options.read_only};
        return true;
    }
    bool overlay = p->parts.config->disk_overlays && !options.read_only;
    options.read_only |= overlay;
    if (!disk_file_open(&options, &block->file, err))
        return false;
    block->file.read_only &= !overlay;
    return true;
}

/* Opens what the options name: before anything of the run changes a file, so that a wrong name loses nothing. */
static bool open_disk_files(struct peripherals *p, struct error *err)
{
    const struct machine_config *config = p->parts.config;
    for (unsigned i = 0; i < config->disk_count; i++) {
        struct block *block = &p->blocks[i];
        if (!disk_options_parse(config->disks[i], &block->options, err) || !open_disk_file(p, i, err))
            return false;
        block->owner = p;
        p->block_count++;
    }
    return true;
}

static bool open_disk_log(struct peripherals *p, struct error *err)
{
    const struct machine_config *config = p->parts.config;
    if (config->disk_log == NULL)
        return true;
    if (config->disk_count == 0)
        return error_set(err, "--disk-log '%s': there is no disk to record; add one with --disk", config->disk_log);
    if (config->disk_overlays)
        return error_set(err, "--disk-log '%s': nothing is written to the disks, as their changes go into snapshots",
                         config->disk_log);
    p->disk_log = disk_log_create(config->disk_log, err);
    return p->disk_log != NULL;
}

static bool make_disk(struct peripherals *p, struct block *block, struct error *err)
{
    struct disk_calls calls = *disk_calls_host();
    struct disk_timing timing = {.time = p->parts.time};
    if (p->parts.config->clock == CLOCK_VIRTUAL)
        timing.latency_ticks = DISK_LATENCY_TICKS;
    if (p->disk_log != NULL && !disk_log_add(p->disk_log, block->options.path, block->file.size_bytes, &calls, err))
        return false;
    if (p->parts.config->disk_overlays && !block->file.read_only) {
        block->overlay = disk_overlay_create(block->file.size_bytes, &calls, err);
        if (block->overlay == NULL)
            return error_prefix(err, "disk '%s'", block->options.path);
    }
    block->disk = disk_create(&block->options, &block->file, &timing, &calls, err);
    if (block->disk == NULL)
        return false;
    block->file.fd = -1;
    disk_set_journal(block->disk, p->parts.journal, (unsigned)(block - p->blocks));
    return true;
}

static bool make_block(struct peripherals *p, unsigned i, struct error *err)
{
    struct block *block = &p->blocks[i];
    if (!make_disk(p, block, err))
        return false;
    block->device = virtio_blk_create(block->disk);
    if (block->device == NULL)
        return error_set(err, "out of memory");
    p->sources[p->source_count++] =
        (struct event_source){.owner = block, .watch = block_watch, .poll = block_poll, .deadline = block_deadline};
    return fill_slot(p, block_slot(i), virtio_blk_device(block->device), err);
}

static bool make_blocks(struct peripherals *p, struct error *err)
{
    if (!open_disk_files(p, err) || !open_disk_log(p, err))
        return false;
    for (unsigned i = 0; i < p->block_count; i++)
        if (!make_block(p, i, err))
            return false;
    return true;
}

static bool make_rng(struct peripherals *p, struct error *err)
{
    const struct machine_config *config = p->parts.config;
    struct entropy_source source = {&p->entropy, entropy_fill};
    p->entropy = (struct entropy){config->has_seed || config->clock == CLOCK_VIRTUAL, config->seed, p->parts.journal};
    p->rng = virtio_rng_create(&source);
    if (p->rng == NULL)
        return error_set(err, "out of memory");
    return fill_slot(p, VIRTIO_SLOT_RNG, virtio_rng_device(p->rng), err);
}

static bool make_network(struct peripherals *p, struct error *err)
{
    if (!network_wanted(p->parts.config))
        return p->parts.config->pcap == NULL ||
               error_set(err, "--pcap '%s': there is no network to watch; add --net user", p->parts.config->pcap);
    struct network_parts parts = {p->parts.config, p->parts.time, p->parts.message, p->parts.journal};
    p->network = network_create(&parts, err);
    if (p->network == NULL)
        return false;
    p->sources[p->source_count++] = network_events(p->network);
    return fill_slot(p, VIRTIO_SLOT_NET, network_device(p->network), err);
}

static bool make_console(struct peripherals *p, struct error *err)
{
    struct ports_parts parts = {p->parts.config, p->parts.terminal, p->parts.message, p->parts.journal};
    if (p->parts.config->port_count == 0)
        return true;
    p->ports = ports_create(&parts, err);
    if (p->ports == NULL)
        return false;
    p->sources[p->source_count++] = ports_source(p->ports);
    return fill_slot(p, VIRTIO_SLOT_CONSOLE, ports_device(p->ports), err);
}

/* A guest that looks for devices without a device tree looks into the slots of QEMU's board: the unused ones say so. */
static bool fill_unused(struct peripherals *p, struct error *err)
{
    for (unsigned slot = 0; slot < VIRTIO_SLOT_PROBED; slot++)
        if (p->transports[slot] == NULL && !fill_slot(p, slot, (struct virtio_device){0}, err))
            return false;
    return true;
}

static bool fill(struct peripherals *p, struct error *err)
{
    return make_blocks(p, err) && make_rng(p, err) && make_network(p, err) && make_console(p, err) &&
           fill_unused(p, err);
}

struct peripherals *peripherals_create(const struct peripherals_parts *parts, struct error *err)
{
    struct peripherals *p = calloc(1, sizeof *p);
    if (p == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    p->parts = *parts;
    if (fill(p, err))
        return p;
    peripherals_destroy(p);
    return NULL;
}

void peripherals_resize(struct peripherals *p, uint16_t columns, uint16_t rows)
{
    if (p->ports != NULL)
        ports_resize(p->ports, columns, rows);
}

bool peripherals_finish(struct peripherals *p, struct error *err)
{
    struct error trouble = {""};
    p->source_count = 0;
    for (unsigned i = 0; i < p->block_count; i++)
        if (p->blocks[i].disk != NULL)
            disk_finish(p->blocks[i].disk, &trouble);
    if (p->ports != NULL)
        ports_finish(p->ports, &trouble);
    disk_log_close(p->disk_log, &trouble);
    p->disk_log = NULL;
    return trouble.text[0] == '\0' || error_set(err, "%s", trouble.text);
}

void peripherals_destroy(struct peripherals *p)
{
    if (p == NULL)
        return;
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++)
        virtio_mmio_destroy(p->transports[slot]);
    for (unsigned i = 0; i < p->block_count; i++) {
        virtio_blk_destroy(p->blocks[i].device);
        disk_file_close(&p->blocks[i].file);
    }
    virtio_rng_destroy(p->rng);
    network_destroy(p->network);
    ports_destroy(p->ports);
    p->ports = NULL;
    struct error ignored; /* peripherals_finish is for those who want to know */
    peripherals_finish(p, &ignored);
    for (unsigned i = 0; i < p->block_count; i++) {
        disk_destroy(p->blocks[i].disk);
        disk_overlay_destroy(p->blocks[i].overlay);
    }
    free(p);
}

void peripherals_settle(struct peripherals *p)
{
    for (unsigned i = 0; i < p->block_count; i++)
        disk_settle(p->blocks[i].disk);
}

/* What the parts of a slot, and of a disk, are called. */
#define TEN_NAMES(before, tens)                                                                                        \
    before #tens "0", before #tens "1", before #tens "2", before #tens "3", before #tens "4", before #tens "5",        \
        before #tens "6", before #tens "7", before #tens "8", before #tens "9"
#define NAMES(before) TEN_NAMES(before, ), TEN_NAMES(before, 1), TEN_NAMES(before, 2)
static const char *const transport_names[] = {NAMES("virtio")};
static const char *const device_names[] = {NAMES("virtio-device")};
static const char *const disk_names[] = {NAMES("disk")};
_Static_assert(ARRAY_SIZE(device_names) >= VIRTIO_SLOT_COUNT && ARRAY_SIZE(disk_names) >= MACHINE_MAX_DISKS,
               "each has a name");

static unsigned slot_states(const struct virtio_mmio *transport, unsigned slot, struct state_part *parts)
{
    const struct device *device = virtio_mmio_device(transport);
    parts[0] = (struct state_part){.name = transport_names[slot], .object = device->state, .table = device->saved};
    if (device->behind == NULL)
        return 1;
    parts[1] = *device->behind;
    parts[1].name = device_names[slot];
    return 2;
}

/* A disk's results come behind the device's requests that they belong to. */
unsigned peripherals_states(struct peripherals *p, struct state_part *parts)
{
    unsigned count = 0;
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++)
        if (p->transports[slot] != NULL)
            count += slot_states(p->transports[slot], slot, parts + count);
    for (unsigned i = 0; i < p->block_count; i++) {
        parts[count] = disk_part(p->blocks[i].disk);
        parts[count++].name = disk_names[i];
    }
    parts[count++] = entropy_part(&p->entropy);
    if (p->ports != NULL)
        parts[count++] = ports_part(p->ports);
    return count;
}

const struct virtio *peripherals_virtio(const struct peripherals *p, unsigned slot)
{
    bool filled = slot < VIRTIO_SLOT_COUNT && p->transports[slot] != NULL;
    return filled ? virtio_mmio_core(p->transports[slot]) : NULL;
}

const struct disk *peripherals_disk(const struct peripherals *p, unsigned n)
{
    return p->blocks[n].disk;
}

struct disk_overlay *peripherals_overlay(const struct peripherals *p, unsigned n)
{
    return p->blocks[n].overlay;
}

const struct event_source *peripherals_sources(const struct peripherals *p, unsigned *count)
{
    *count = p->source_count;
    return p->sources;
}
