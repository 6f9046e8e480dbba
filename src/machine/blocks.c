/* SPDX-License-Identifier: MIT */
#include "machine/blocks.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "host/disk/disk_image.h"
#include "host/disk/disk_log.h"
#include "host/disk/disk_raw.h"
#include "virtio/blk.h"

/* A disk and the device before it. */
struct block {
    struct blocks *owner;
    struct disk_options options;
    struct disk_image image;      /* until the disk has taken it over */
    struct disk *disk;            /* NULL: not made yet */
    struct disk_overlay *overlay; /* NULL: none */
    struct virtio_blk *device;
};

struct blocks {
    const struct peripherals_parts *parts;
    struct disk_log *log; /* NULL: none */
    struct block blocks[MACHINE_MAX_DISKS];
    unsigned count;
};

/* The first disk has a slot of its own, the others follow the slots with a fixed use. */
static unsigned block_slot(unsigned disk)
{
    return disk == 0 ? VIRTIO_SLOT_BLOCK : VIRTIO_SLOT_FURTHER + disk - 1;
}

static bool blocks_slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    (void)err;
    for (unsigned i = 0; i < config->disk_count; i++)
        *slots |= BIT(block_slot(i));
    return true;
}

static void say_trouble(struct block *block)
{
    struct error warning;
    const struct virtio_message *message = &block->owner->parts->message;
    while (disk_take_warning(block->disk, &warning))
        message->say(message->owner, warning.text);
    if (block->owner->log != NULL && disk_log_take_warning(block->owner->log, &warning))
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
    const struct peripherals_parts *parts = block->owner->parts;
    struct error line;
    virtio_blk_poll(block->device);
    say_trouble(block);
    if (!disk_take_hold(block->disk, &line))
        return;
    parts->message.say(parts->message.owner, line.text);
    parts->wait_for_host(parts->machine);
}

static uint64_t block_deadline(void *owner)
{
    const struct block *block = owner;
    return disk_next_deadline(block->disk);
}

/* What the guest writes goes beside the image. */
static bool is_overlaid(const struct block *block)
{
    const struct machine_config *config = block->owner->parts->config;
    unsigned n = (unsigned)(block - block->owner->blocks);
    bool wanted = config->disk_overlays || (config->disks_overlaid & BIT(n)) != 0 || block->options.throw_away;
    return wanted && !block->options.read_only;
}

/* An image with an overlay is opened as one that nobody writes, and shared as such. Of a replay the journal has what was
 * read, and nothing is written. */
static bool open_disk_file(struct blocks *b, unsigned i, struct error *err)
{
    struct block *block = &b->blocks[i];
    struct disk_options options = block->options;
    if (journal_replays(b->parts->journal)) {
        block->image = (struct disk_image){NULL, NULL, b->parts->config->disk_bytes[i], options.read_only};
        return true;
    }
    bool overlay = is_overlaid(block);
    options.read_only |= overlay;
    if (!disk_image_open(&options, &block->image, err))
        return false;
    block->image.read_only &= !overlay;
    return true;
}

/* Opens what the options name: before anything of the run changes a file, so that a wrong name loses nothing. */
static bool open_disk_files(struct blocks *b, struct error *err)
{
    const struct machine_config *config = b->parts->config;
    for (unsigned i = 0; i < config->disk_count; i++) {
        struct block *block = &b->blocks[i];
        block->owner = b;
        if (!disk_options_parse(config->disks[i], &block->options, err) || !open_disk_file(b, i, err))
            return false;
        b->count++;
    }
    return true;
}

static bool can_log(const struct block *block, const struct machine_config *config, struct error *err)
{
    const struct disk_format *format = block->image.format;
    if (is_overlaid(block))
        return error_set(err, "--disk-log '%s': nothing is written to disk '%s': its changes are kept beside it (%s)",
                         config->disk_log, block->options.path, config->disk_overlays ? "--with-disks" : "snapshot=on");
    return format == NULL || format->start != NULL ||
           error_set(err, "--disk-log '%s': disk '%s' is a server's, and is not logged here", config->disk_log,
                     block->options.path);
}

static bool open_disk_log(struct blocks *b, struct error *err)
{
    const struct machine_config *config = b->parts->config;
    if (config->disk_log == NULL)
        return true;
    if (config->disk_count == 0)
        return error_set(err, "--disk-log '%s': there is no disk to record; add one with --disk", config->disk_log);
    for (unsigned i = 0; i < b->count; i++)
        if (!can_log(&b->blocks[i], config, err))
            return false;
    b->log = disk_log_create(config->disk_log, err);
    return b->log != NULL;
}

/* From here on the image is used: through the log's calls, if there is one. They are the file's: of a raw image its size is the
 * disk's, any other grows. */
static bool start_image(struct blocks *b, struct block *block, struct error *err)
{
    struct disk_calls calls = *disk_calls_host();
    uint64_t size = block->image.format == &disk_raw ? block->image.size_bytes : 0;
    if (b->log != NULL && !disk_log_add(b->log, block->options.path, size, &calls, err))
        return false;
    return block->image.format == NULL || block->image.format->start == NULL ||
           block->image.format->start(block->image.state, &calls, err);
}

static bool make_disk(struct blocks *b, struct block *block, struct error *err)
{
    struct disk_timing timing = {.time = b->parts->time};
    if (b->parts->config->clock == CLOCK_VIRTUAL)
        timing.latency_ticks = DISK_LATENCY_TICKS;
    if (!start_image(b, block, err))
        return false;
    if (is_overlaid(block) && !block->image.read_only) {
        block->overlay = disk_overlay_create(&block->image, err);
        if (block->overlay == NULL)
            return error_prefix(err, "disk '%s'", block->options.path);
    }
    block->disk = disk_create(&block->options, &block->image, &timing, err);
    if (block->disk == NULL)
        return false;
    disk_set_journal(block->disk, b->parts->journal, (unsigned)(block - b->blocks));
    return true;
}

static const char *const disk_names[] = {"disk0", "disk1", "disk2",  "disk3",  "disk4",  "disk5",  "disk6",  "disk7",
                                         "disk8", "disk9", "disk10", "disk11", "disk12", "disk13", "disk14", "disk15"};
_Static_assert(ARRAY_SIZE(disk_names) == MACHINE_MAX_DISKS, "each has a name");

/* A disk's results come behind the device's requests that they belong to. */
static bool add_block(struct peripherals *p, struct block *block, unsigned i, struct error *err)
{
    struct peripheral made = {
        .owner = block,
        .events = {.owner = block, .watch = block_watch, .poll = block_poll, .deadline = block_deadline},
        .part = disk_part(block->disk),
    };
    made.part.name = disk_names[i];
    return peripherals_add(p, &made, err) && peripherals_plug(p, block_slot(i), virtio_blk_device(block->device), err);
}

static bool make_block(struct peripherals *p, struct block *block, unsigned i, struct error *err)
{
    if (!make_disk(block->owner, block, err))
        return false;
    block->device = virtio_blk_create(block->disk);
    if (block->device == NULL)
        return error_set(err, "out of memory");
    return add_block(p, block, i, err);
}

static void settle(void *owner)
{
    struct blocks *b = owner;
    for (unsigned i = 0; i < b->count; i++)
        disk_settle(b->blocks[i].disk);
}

/* Of all disks, as one that waits may not be the only one. */
static bool retry(void *owner)
{
    struct blocks *b = owner;
    bool ok = true;
    for (unsigned i = 0; i < b->count; i++) {
        if (disk_is_held(b->blocks[i].disk)) {
            disk_retry(b->blocks[i].disk);
            disk_settle(b->blocks[i].disk);
        }
        ok &= !disk_is_held(b->blocks[i].disk);
    }
    return ok;
}

static bool finish(void *owner, struct error *err)
{
    struct blocks *b = owner;
    bool ok = true;
    for (unsigned i = 0; i < b->count; i++)
        if (b->blocks[i].disk != NULL)
            ok &= disk_finish(b->blocks[i].disk, ok ? err : NULL);
    ok &= disk_log_close(b->log, ok ? err : NULL);
    b->log = NULL;
    return ok;
}

static void destroy(void *owner)
{
    struct blocks *b = owner;
    for (unsigned i = 0; i < b->count; i++) {
        virtio_blk_destroy(b->blocks[i].device);
        disk_image_close(&b->blocks[i].image);
    }
    finish(b, NULL);
    for (unsigned i = 0; i < b->count; i++) {
        disk_destroy(b->blocks[i].disk);
        disk_overlay_destroy(b->blocks[i].overlay);
    }
    free(b);
}

static bool create(struct peripherals *p, struct error *err)
{
    struct blocks *b = calloc(1, sizeof *b);
    if (b == NULL)
        return error_set(err, "out of memory");
    b->parts = peripherals_parts(p);
    struct peripheral all = {
        .kind = &blocks_peripheral, .owner = b, .settle = settle, .retry = retry, .finish = finish, .destroy = destroy};
    if (!peripherals_add(p, &all, err) || !open_disk_files(b, err) || !open_disk_log(b, err))
        return false;
    for (unsigned i = 0; i < b->count; i++)
        if (!make_block(p, &b->blocks[i], i, err))
            return false;
    return true;
}

const struct peripheral_kind blocks_peripheral = {
    .name = "disk",
    .option = "--disk",
    .places = BIT(VIRTIO_SLOT_BLOCK) | BITS(VIRTIO_SLOT_FURTHER + MACHINE_MAX_DISKS - 2, VIRTIO_SLOT_FURTHER),
    .slots = blocks_slots,
    .create = create,
};

const struct disk *peripherals_disk(const struct peripherals *p, unsigned n)
{
    const struct blocks *b = peripherals_owner(p, &blocks_peripheral);
    return b->blocks[n].disk;
}

struct disk_overlay *peripherals_overlay(const struct peripherals *p, unsigned n)
{
    const struct blocks *b = peripherals_owner(p, &blocks_peripheral);
    return b->blocks[n].overlay;
}
