/* SPDX-License-Identifier: MIT */
/* What is asked of it reaches the guest at the next poll, so that a replay does it at the same step. */
#include "machine/balloon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"

struct balloon {
    struct journal *journal;
    const struct ram *ram;
    struct virtio_balloon *device;
    uint32_t wanted; /* pages to give away, */
    bool has_wanted; /* if the guest is to hear of a new number of them */
    bool asks;       /* it is to send statistics */
};

struct balloon *balloon_of(const struct peripherals *peripherals)
{
    return peripherals_owner(peripherals, &balloon_peripheral);
}

void balloon_look(const struct balloon *balloon, struct virtio_balloon_view *view)
{
    virtio_balloon_look(balloon->device, view);
}

bool balloon_set_memory(struct balloon *balloon, uint64_t bytes, struct error *err)
{
    uint64_t size = balloon->ram->size;
    if (bytes < PAGE_BYTES || bytes > size)
        return error_set(err, "the machine has %" PRIu64 " MiB of RAM: leave it that or less", size >> 20);
    balloon->wanted = (uint32_t)((size - bytes) >> PAGE_SHIFT);
    balloon->has_wanted = true;
    return true;
}

void balloon_ask(struct balloon *balloon)
{
    balloon->asks = true;
}

static void poll_again(struct balloon *balloon)
{
    uint64_t pages;
    struct journal_event event;
    if (journal_take_words(balloon->journal, JOURNAL_BALLOON_TARGET, 0, &pages, 1))
        virtio_balloon_set_target(balloon->device, (uint32_t)pages);
    if (journal_take(balloon->journal, JOURNAL_BALLOON_STATS, 0, &event))
        virtio_balloon_ask(balloon->device);
}

static void poll_user(void *owner)
{
    struct balloon *balloon = owner;
    uint64_t pages = balloon->wanted;
    journal_ask(balloon->journal);
    if (journal_replays(balloon->journal)) {
        poll_again(balloon);
        return;
    }
    if (balloon->has_wanted) {
        journal_put_words(balloon->journal, JOURNAL_BALLOON_TARGET, 0, &pages, 1);
        virtio_balloon_set_target(balloon->device, balloon->wanted);
    }
    if (balloon->asks) {
        journal_put(balloon->journal, JOURNAL_BALLOON_STATS, 0, NULL, 0);
        virtio_balloon_ask(balloon->device);
    }
    balloon->has_wanted = balloon->asks = false;
}

static void destroy(void *owner)
{
    struct balloon *balloon = owner;
    virtio_balloon_destroy(balloon->device);
    free(balloon);
}

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    (void)err;
    if (config->balloon)
        *slots |= BIT(VIRTIO_SLOT_BALLOON);
    return true;
}

static bool create(struct peripherals *p, struct error *err)
{
    const struct peripherals_parts *parts = peripherals_parts(p);
    if (!parts->config->balloon)
        return true;
    struct balloon *balloon = calloc(1, sizeof *balloon);
    if (balloon == NULL)
        return error_set(err, "out of memory");
    balloon->journal = parts->journal;
    balloon->ram = parts->mem.ram;
    struct peripheral made = {
        .kind = &balloon_peripheral,
        .owner = balloon,
        .events = {.owner = balloon, .poll = poll_user},
        .destroy = destroy,
    };
    if (!peripherals_add(p, &made, err))
        return false;
    balloon->device = virtio_balloon_create(&parts->time);
    return balloon->device != NULL
               ? peripherals_plug(p, VIRTIO_SLOT_BALLOON, virtio_balloon_device(balloon->device), err)
               : error_set(err, "out of memory");
}

static bool recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    if (n != 0 || !config->balloon)
        return false;
    snprintf(text, size, "on");
    return true;
}

static bool replay(struct machine_config *config, const char *text, struct error *err)
{
    (void)text;
    (void)err;
    config->balloon = true;
    return true;
}

const struct peripheral_kind balloon_peripheral = {
    .name = "balloon",
    .option = "--balloon",
    .places = BIT(VIRTIO_SLOT_BALLOON),
    .slots = slots,
    .create = create,
    .host_less = true,
    .recorded = recorded,
    .replay = replay,
};
