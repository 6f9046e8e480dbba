/* SPDX-License-Identifier: MIT */
/* Queues are numbered by their place in the specification; but drivers, Linux's among them, leave no gaps for those that they do not use,
 * so that each number behind the statistics' may be the one for reporting. There is no free page hinting, which serves migration. */
#include "virtio/balloon.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/little_endian.h"

enum { INFLATE_QUEUE, DEFLATE_QUEUE, STATS_QUEUE, HINT_QUEUE, REPORTING_QUEUE, QUEUES };
enum { F_STATS_VQ = 1, F_DEFLATE_ON_OOM = 2, F_PAGE_POISON = 4, F_PAGE_REPORTING = 5 };
enum { CONFIG_NUM_PAGES = 0, CONFIG_ACTUAL = 4, CONFIG_POISON_VAL = 12, CONFIG_BYTES = 16 };

#define QUEUE_SIZE 128

/* Of one buffer: Linux gives 256. */
#define PAGES_MAX 4096u
#define PAGE_NUMBER_BYTES 4u
#define STAT_BYTES 10u
/* Of a buffer of statistics, those that nobody knows included. */
#define STATS_BYTES_MAX (64 * STAT_BYTES)

struct virtio_balloon {
    struct virtio *v;
    struct time_source time;
    uint32_t target, actual; /* pages */
    uint32_t poison;         /* what the driver fills free pages with, if it does */
    bool driven;             /* the driver runs the queue of pages to give away */
    bool asked;              /* for statistics, since the reset */
    struct virtio_balloon_stats stats;
    uint64_t inflated, reported; /* bytes that the host has got back */
    struct virtio_chain chain;
    uint8_t numbers[PAGES_MAX * PAGE_NUMBER_BYTES];
};

/* Pages. */

/* Pages side by side, numbered upwards or downwards as drivers find them. */
struct run {
    uint64_t first, count;
};

static bool extend(struct run *run, uint64_t page)
{
    if (page == run->first + run->count) {
        run->count++;
        return true;
    }
    if (page + 1 != run->first)
        return false;
    run->first--;
    run->count++;
    return true;
}

static uint64_t give_back(struct virtio_balloon *balloon, const struct run *run)
{
    return guest_mem_discard(virtio_memory(balloon->v), run->first << PAGE_SHIFT, run->count << PAGE_SHIFT);
}

static void inflate_pages(struct virtio_balloon *balloon, size_t count)
{
    struct run run = {0, 0};
    for (size_t i = 0; i < count; i++) {
        uint64_t page = little_get(balloon->numbers + i * PAGE_NUMBER_BYTES, PAGE_NUMBER_BYTES);
        if (run.count != 0 && extend(&run, page))
            continue;
        balloon->inflated += give_back(balloon, &run);
        run = (struct run){page, 1};
    }
    balloon->inflated += give_back(balloon, &run);
}

/* A number that is no page of RAM's gives nothing back. */
static void inflate(struct virtio_balloon *balloon, unsigned queue)
{
    balloon->driven = true;
    while (virtio_pop(balloon->v, queue, &balloon->chain)) {
        if (balloon->chain.readable_bytes > sizeof balloon->numbers) {
            virtio_fail(balloon->v, "more than 4096 pages in one buffer");
            return;
        }
        uint64_t bytes = virtio_chain_read(virtio_memory(balloon->v), &balloon->chain, 0, balloon->numbers,
                                           balloon->chain.readable_bytes);
        inflate_pages(balloon, (size_t)bytes / PAGE_NUMBER_BYTES);
        virtio_push(balloon->v, &balloon->chain.token, 0);
    }
    virtio_signal(balloon->v, queue);
}

static void deflate(struct virtio_balloon *balloon, unsigned queue)
{
    while (virtio_pop(balloon->v, queue, &balloon->chain))
        virtio_push(balloon->v, &balloon->chain.token, 0);
    virtio_signal(balloon->v, queue);
}

/* What the guest has filled with a value it may expect to find again; zeros it will. */
static bool must_stay(const struct virtio_balloon *balloon)
{
    return virtio_has(balloon->v, F_PAGE_POISON) && balloon->poison != 0;
}

static uint64_t give_back_chain(struct virtio_balloon *balloon)
{
    const struct virtio_chain *chain = &balloon->chain;
    const struct guest_mem *mem = virtio_memory(balloon->v);
    uint64_t bytes = 0;
    for (unsigned i = chain->readable; i < chain->readable + chain->writable; i++)
        bytes += guest_mem_discard(mem, chain->ranges[i].gpa, chain->ranges[i].bytes);
    return bytes;
}

static void report(struct virtio_balloon *balloon, unsigned queue)
{
    while (virtio_pop(balloon->v, queue, &balloon->chain)) {
        if (balloon->chain.writable_bytes > virtio_memory(balloon->v)->ram->size) {
            virtio_fail(balloon->v, "more memory is reported free than there is");
            return;
        }
        if (!must_stay(balloon))
            balloon->reported += give_back_chain(balloon);
        virtio_push(balloon->v, &balloon->chain.token, 0);
    }
    virtio_signal(balloon->v, queue);
}

/* Statistics. */

static void take_stats(struct virtio_balloon *balloon)
{
    uint8_t bytes[STATS_BYTES_MAX];
    uint64_t count = virtio_chain_read(virtio_memory(balloon->v), &balloon->chain, 0, bytes, sizeof bytes) / STAT_BYTES;
    struct virtio_balloon_stats *stats = &balloon->stats;
    *stats = (struct virtio_balloon_stats){.ticks = balloon->time.now(balloon->time.owner)};
    for (uint64_t i = 0; i < count; i++) {
        uint64_t tag = little_get(bytes + i * STAT_BYTES, 2);
        if (tag >= VIRTIO_BALLOON_STATS)
            continue;
        stats->values[tag] = little_get(bytes + i * STAT_BYTES + 2, 8);
        stats->known |= (uint16_t)BIT(tag);
    }
}

/* The buffer stays in the queue until the next ones are wanted. The first of a legacy driver has nothing in it (VirtIO 1.3 5.5.6.3.3). */
static void look_at_stats(struct virtio_balloon *balloon, unsigned queue)
{
    if (!virtio_pop(balloon->v, queue, &balloon->chain))
        return;
    if (balloon->asked || virtio_has(balloon->v, VIRTIO_F_VERSION_1))
        take_stats(balloon);
    virtio_unpop(balloon->v, &balloon->chain.token);
}

void virtio_balloon_ask(struct virtio_balloon *balloon)
{
    if (!virtio_has(balloon->v, F_STATS_VQ) || !virtio_pop(balloon->v, STATS_QUEUE, &balloon->chain))
        return;
    balloon->asked = true;
    virtio_push(balloon->v, &balloon->chain.token, 0);
    virtio_signal(balloon->v, STATS_QUEUE);
}

/* The rest. */

void virtio_balloon_set_target(struct virtio_balloon *balloon, uint32_t pages)
{
    if (balloon->target == pages)
        return;
    balloon->target = pages;
    virtio_config_changed(balloon->v);
}

void virtio_balloon_look(const struct virtio_balloon *balloon, struct virtio_balloon_view *view)
{
    *view = (struct virtio_balloon_view){
        .driven = balloon->driven,
        .reports = balloon->driven && virtio_has(balloon->v, F_PAGE_REPORTING) && !must_stay(balloon),
        .target = balloon->target,
        .actual = balloon->actual,
        .inflated = balloon->inflated,
        .reported = balloon->reported,
        .stats = balloon->stats,
    };
}

static void balloon_notify(void *state, unsigned queue)
{
    struct virtio_balloon *balloon = state;
    if (queue == INFLATE_QUEUE)
        inflate(balloon, queue);
    else if (queue == DEFLATE_QUEUE)
        deflate(balloon, queue);
    else if (queue == STATS_QUEUE && virtio_has(balloon->v, F_STATS_VQ))
        look_at_stats(balloon, queue);
    else if (virtio_has(balloon->v, F_PAGE_REPORTING))
        report(balloon, queue);
}

static void balloon_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_balloon *balloon = state;
    little_put(bytes + CONFIG_NUM_PAGES, 4, balloon->target);
    little_put(bytes + CONFIG_ACTUAL, 4, balloon->actual);
    little_put(bytes + CONFIG_POISON_VAL, 4, balloon->poison);
}

static void balloon_config_write(void *state, uint32_t offset, uint32_t value)
{
    struct virtio_balloon *balloon = state;
    if (offset == CONFIG_ACTUAL)
        balloon->actual = value;
    if (offset == CONFIG_POISON_VAL)
        balloon->poison = value;
}

static void balloon_stop_queue(void *state, unsigned queue)
{
    struct virtio_balloon *balloon = state;
    if (queue == INFLATE_QUEUE)
        balloon->driven = false;
}

static void balloon_attach(void *state, struct virtio *v)
{
    ((struct virtio_balloon *)state)->v = v;
}

static uint64_t balloon_features(void *state)
{
    (void)state;
    return BIT(F_STATS_VQ) | BIT(F_DEFLATE_ON_OOM) | BIT(F_PAGE_POISON) | BIT(F_PAGE_REPORTING);
}

static uint16_t balloon_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue < QUEUES ? QUEUE_SIZE : 0;
}

/* The target is the user's, and stays. */
static void balloon_reset(void *state)
{
    struct virtio_balloon *balloon = state;
    balloon->actual = balloon->poison = 0;
    balloon->driven = balloon->asked = false;
    balloon->stats = (struct virtio_balloon_stats){0};
}

static const struct state_field stats_fields[] = {
    STATE_ARRAY(struct virtio_balloon_stats, values, STATE_ANY, "by tag"),
    STATE(struct virtio_balloon_stats, known, BIT(VIRTIO_BALLOON_STATS) - 1, "a bit for each that the driver gives"),
    STATE(struct virtio_balloon_stats, ticks, STATE_ANY, "guest time when it gave them"),
    STATE_END,
};

static const struct state_field balloon_fields[] = {
    STATE_NOT(struct virtio_balloon, v, "wiring"),
    STATE_NOT(struct virtio_balloon, time, "wiring"),
    STATE(struct virtio_balloon, target, STATE_ANY, "num_pages: what the guest is to give away"),
    STATE(struct virtio_balloon, actual, STATE_ANY, "what it says to have given away"),
    STATE(struct virtio_balloon, poison, STATE_ANY, "poison_val"),
    STATE(struct virtio_balloon, driven, 1, "the driver runs the first queue"),
    STATE(struct virtio_balloon, asked, 1, "for statistics, since the reset"),
    STATE_INNER(struct virtio_balloon, stats, stats_fields, "the driver's latest"),
    STATE_NOT(struct virtio_balloon, inflated, "the host's account, and no matter of the guest's"),
    STATE_NOT(struct virtio_balloon, reported, "the host's account, and no matter of the guest's"),
    STATE_NOT(struct virtio_balloon, chain, "counts within a notification alone"),
    STATE_NOT(struct virtio_balloon, numbers, "counts within a notification alone"),
    STATE_END,
};

static const struct state_table balloon_saved = {.fields = balloon_fields, .bytes = sizeof(struct virtio_balloon)};

static const struct virtio_class balloon_class = {
    .name = "virtio-balloon",
    .device_id = 5,
    .config_bytes = CONFIG_BYTES,
    .attach = balloon_attach,
    .features = balloon_features,
    .queue_size = balloon_queue_size,
    .config = balloon_config,
    .config_write = balloon_config_write,
    .notify = balloon_notify,
    .stop_queue = balloon_stop_queue,
    .reset = balloon_reset,
    .saved = &balloon_saved,
};

struct virtio_balloon *virtio_balloon_create(const struct time_source *time)
{
    struct virtio_balloon *balloon = calloc(1, sizeof *balloon);
    if (balloon != NULL)
        balloon->time = *time;
    return balloon;
}

void virtio_balloon_destroy(struct virtio_balloon *balloon)
{
    free(balloon);
}

struct virtio_device virtio_balloon_device(struct virtio_balloon *balloon)
{
    return (struct virtio_device){.class = &balloon_class, .state = balloon};
}
