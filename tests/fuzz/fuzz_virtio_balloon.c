/* SPDX-License-Identifier: MIT */
/* The balloon against a model of a few pages: what is inflated or reported holds zeros afterwards, all else stays as it was
 * written. Once the driver writes wildly into its rings and registers, only safety is looked at. */
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "virtio/balloon.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x100000)
#define RINGS (RAM_BASE + 0x10000)
#define RINGS_BYTES 0x4000u /* of one queue */
#define BUFFER (RAM_BASE + 0x40000)
#define PAGES (RAM_BASE + 0x80000)
#define PAGE_COUNT 64u
#define QUEUE_SIZE 16u
#define FILL 0x5a

enum { INFLATE, DEFLATE, STATS, THIRD, FOURTH, QUEUES };
enum { F_STATS_VQ = 1, F_PAGE_POISON = 4, F_PAGE_REPORTING = 5 };

struct rig {
    struct fuzz_slot slot;
    struct virtio_balloon *balloon;
    uint64_t features, ticks;
    uint32_t poison;
    bool driven;
    struct driver drivers[QUEUES];
    bool filled[PAGE_COUNT];
    bool stats_out; /* a buffer of statistics is with the device */
};

static uint64_t now(void *owner)
{
    return ((struct rig *)owner)->ticks++;
}

static bool has(const struct rig *rig, unsigned bit)
{
    return (rig->features >> bit & 1) != 0;
}

static void start_queue(struct rig *rig, unsigned queue)
{
    uint64_t place = RINGS + queue * RINGS_BYTES;
    struct virtq_config config = {has(rig, VIRTIO_F_RING_PACKED),
                                  has(rig, VIRTIO_F_EVENT_IDX),
                                  true,
                                  QUEUE_SIZE,
                                  place,
                                  place + 0x1000,
                                  place + 0x2000};
    driver_start(&rig->drivers[queue], &rig->slot.mem, &config);
    slot_set(&rig->slot, 0x30, queue);
    slot_set(&rig->slot, 0x38, QUEUE_SIZE);
    slot_ready_queue(&rig->slot, &config);
}

static void drive(struct rig *rig, struct fuzz_input *input)
{
    uint64_t low = (fuzz_take(input, 1) & 0x36) | BIT(VIRTIO_F_INDIRECT_DESC);
    unsigned choice = (unsigned)fuzz_take(input, 1);
    low |= (choice & 1) != 0 ? BIT(VIRTIO_F_EVENT_IDX) : 0;
    uint64_t high = 1 | ((choice & 2) != 0 ? BIT(VIRTIO_F_RING_PACKED - 32) : 0);
    slot_set(&rig->slot, 0x70, 0);
    slot_set(&rig->slot, 0x70, 3);
    slot_set(&rig->slot, 0x24, 0);
    slot_set(&rig->slot, 0x20, low);
    slot_set(&rig->slot, 0x24, 1);
    slot_set(&rig->slot, 0x20, high);
    slot_set(&rig->slot, 0x70, 11);
    rig->features = high << 32 | low;
    rig->poison = (choice & 4) != 0 ? (uint32_t)fuzz_take(input, 4) : 0;
    for (unsigned i = 0; i < QUEUES; i++)
        start_queue(rig, i);
    slot_set(&rig->slot, 0x70, 15);
    slot_set(&rig->slot, 0x100 + 12, rig->poison);
    rig->driven = true;
    rig->stats_out = false;
}

/* Offers the buffer, and has it back. */
static void offer(struct rig *rig, unsigned queue, const struct model_buffer *buffers, unsigned count)
{
    uint32_t id, written;
    bool added = driver_add(&rig->drivers[queue], buffers, count, 0) >= 0;
    slot_set(&rig->slot, 0x50, queue);
    if (!rig->slot.wild)
        EXPECT(added && driver_used(&rig->drivers[queue], &id, &written) && written == 0);
}

static void fill_page(struct rig *rig, unsigned page)
{
    guest_mem_fill(&rig->slot.mem, PAGES + page * PAGE_BYTES, FILL, PAGE_BYTES);
    rig->filled[page] = true;
}

/* Numbers of pages; one in eight is none of RAM's. */
static void inflate(struct rig *rig, struct fuzz_input *input, unsigned queue)
{
    unsigned count = (unsigned)fuzz_take(input, 1) % 32;
    for (unsigned i = 0; i < count; i++) {
        unsigned page = (unsigned)fuzz_take(input, 1);
        uint64_t number = page < 0xe0 ? (PAGES >> PAGE_SHIFT) + page % PAGE_COUNT : page * 0x1000u;
        guest_mem_write_u32(&rig->slot.mem, BUFFER + 4 * i, (uint32_t)number);
        if (page < 0xe0 && queue == INFLATE)
            rig->filled[page % PAGE_COUNT] = false;
    }
    struct model_buffer buffer = {BUFFER, 4 * count + 1, false};
    offer(rig, queue, &buffer, 1);
}

static void report(struct rig *rig, struct fuzz_input *input)
{
    struct model_buffer buffers[4];
    unsigned choice = (unsigned)fuzz_take(input, 1), count = 1 + choice % 4;
    unsigned queue = has(rig, F_STATS_VQ) ? THIRD + (choice >> 2 & 1) : STATS + (choice >> 2 & 1);
    bool stays = has(rig, F_PAGE_POISON) && rig->poison != 0;
    if (!has(rig, F_PAGE_REPORTING))
        return;
    uint32_t begin = 0, end = 0; /* of what lies side by side: pages may be reported in parts */
    for (unsigned i = 0; i < count; i++) {
        uint32_t first = (uint32_t)fuzz_take(input, 3) % (PAGE_COUNT * PAGE_BYTES - 1);
        uint32_t bytes = 1 + (uint32_t)fuzz_take(input, 2) % (PAGE_COUNT * PAGE_BYTES - 1 - first);
        buffers[i] = (struct model_buffer){PAGES + first, bytes, true};
        begin = first == end ? begin : first;
        end = first + bytes;
        for (unsigned page = 0; page < PAGE_COUNT && !stays; page++)
            if (page * PAGE_BYTES >= begin && (page + 1) * PAGE_BYTES <= end)
                rig->filled[page] = false;
    }
    offer(rig, queue, buffers, count);
}

static void send_stats(struct rig *rig, struct fuzz_input *input)
{
    uint8_t bytes[16 * 10];
    unsigned count = (unsigned)fuzz_take(input, 1) % 17;
    if (!has(rig, F_STATS_VQ) || rig->stats_out)
        return;
    for (unsigned i = 0; i < count; i++) {
        little_put(bytes + 10 * i, 2, fuzz_take(input, 1) % 12);
        little_put(bytes + 10 * i + 2, 8, fuzz_take(input, 2));
    }
    guest_mem_write(&rig->slot.mem, BUFFER, bytes, 10 * count);
    struct model_buffer buffer = {BUFFER, 10 * count + 1, false};
    rig->stats_out = driver_add(&rig->drivers[STATS], &buffer, 1, 0) >= 0;
    slot_set(&rig->slot, 0x50, STATS);
    struct virtio_balloon_view view;
    virtio_balloon_look(rig->balloon, &view);
    for (unsigned i = 0; i < count && !rig->slot.wild; i++) {
        uint64_t tag = little_get(bytes + 10 * i, 2);
        EXPECT(tag >= VIRTIO_BALLOON_STATS || (view.stats.known >> tag & 1) != 0);
    }
}

static void ask(struct rig *rig)
{
    uint32_t id, written;
    virtio_balloon_ask(rig->balloon);
    if (!rig->slot.wild && rig->driven && has(rig, F_STATS_VQ))
        EXPECT(driver_used(&rig->drivers[STATS], &id, &written) == rig->stats_out);
    rig->stats_out = false;
}

static void set_target(struct rig *rig, uint32_t pages)
{
    virtio_balloon_set_target(rig->balloon, pages);
    EXPECT(rig->slot.wild || slot_get(&rig->slot, 0x100) == pages);
}

static void check_pages(const struct rig *rig)
{
    for (unsigned page = 0; page < PAGE_COUNT && !rig->slot.wild; page++) {
        const uint8_t *bytes = guest_mem_source(&rig->slot.mem, PAGES + page * PAGE_BYTES, PAGE_BYTES);
        uint8_t expected = rig->filled[page] ? FILL : 0;
        EXPECT(bytes[0] == expected && memcmp(bytes, bytes + 1, PAGE_BYTES - 1) == 0);
    }
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice == 0xff)
        slot_go_wild(&rig->slot, input, RINGS, QUEUES * RINGS_BYTES);
    else if (choice >= 0xf8 || !rig->driven)
        drive(rig, input);
    else if (choice >= 0xe0)
        set_target(rig, (uint32_t)fuzz_take(input, 2));
    else if (choice >= 0xd0)
        ask(rig);
    else if (choice >= 0xc0)
        send_stats(rig, input);
    else if (choice >= 0x80)
        fill_page(rig, choice % PAGE_COUNT);
    else if (choice >= 0x40)
        report(rig, input);
    else
        inflate(rig, input, choice % 4 == 0 ? DEFLATE : INFLATE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL && ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    struct time_source time = {.owner = rig, .now = now};
    rig->balloon = virtio_balloon_create(&time);
    EXPECT(rig->balloon != NULL);
    struct virtio_mmio_config config = {.mem = rig->slot.mem, .device = virtio_balloon_device(rig->balloon)};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
    while (input.left != 0)
        step(rig, &input);
    check_pages(rig);
    virtio_mmio_destroy(rig->slot.mmio);
    virtio_balloon_destroy(rig->balloon);
    ram_destroy(&rig->slot.ram);
    free(rig);
    return 0;
}
