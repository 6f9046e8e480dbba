/* SPDX-License-Identifier: MIT */
/* The queue, split and packed, against a driver that mostly keeps the rules. As long as it does: buffers come out in
 * order and as they went in, come back with what was written, and both sides are notified when they asked for it. Once
 * it does not: each chain that comes out still lies in RAM and within its limits. */
#include <string.h>

#include "../unit/virtio/driver_model.h"
#include "fuzz.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x20000)
#define DESCRIPTORS RAM_BASE
#define DRIVER_AREA (RAM_BASE + 0x2000)
#define DEVICE_AREA (RAM_BASE + 0x3000)
#define TABLES (RAM_BASE + 0x4000)
#define DATA (RAM_BASE + 0x10000)
#define TABLE_ENTRIES 16u
#define MAX_SIZE 32u

/* What went in: sums and first range of the offered buffer. */
struct offered {
    int id;
    uint64_t readable, writable;
    uint64_t first_gpa;
};

struct rig {
    struct ram ram;
    struct guest_mem mem;
    struct virtq q;
    struct driver driver;
    struct virtio_chain chain;
    struct offered offered[MAX_SIZE]; /* not yet taken by the device */
    unsigned offered_count;
    struct virtio_token held[VIRTIO_QUEUE_LIMIT];
    unsigned held_count;
    struct {
        int id;
        uint32_t written;
    } used[MAX_SIZE]; /* given back, not yet seen by the driver */
    unsigned used_count;
    bool wild;
};

static void start(struct rig *rig, struct fuzz_input *input)
{
    unsigned kind = (unsigned)fuzz_take(input, 1);
    struct virtq_config config = {.packed = kind & 1, .event_idx = kind & 2, .indirect = true};
    unsigned shape = (unsigned)fuzz_take(input, 1);
    config.size = (uint16_t)(config.packed ? shape % MAX_SIZE + 1 : 1u << shape % 6);
    config.descriptor_area = DESCRIPTORS;
    config.driver_area = DRIVER_AREA;
    config.device_area = DEVICE_AREA;
    driver_start(&rig->driver, &rig->mem, &config);
    EXPECT(virtq_start(&rig->q, &rig->mem, &config) == VIRTQ_OK);
}

static unsigned make_buffers(struct fuzz_input *input, struct model_buffer *buffers, struct offered *offered)
{
    unsigned shape = (unsigned)fuzz_take(input, 1), count = shape % 7 + 1;
    unsigned readable = (shape >> 3) % (count + 1);
    *offered = (struct offered){.id = -1};
    for (unsigned i = 0; i < count; i++) {
        uint64_t place = fuzz_take(input, 2);
        buffers[i] = (struct model_buffer){DATA + place % 0xf000, (uint32_t)(place >> 8) + 1, i >= readable};
        *(i < readable ? &offered->readable : &offered->writable) += buffers[i].bytes;
    }
    offered->first_gpa = buffers[0].gpa;
    return count;
}

static void offer(struct rig *rig, struct fuzz_input *input)
{
    struct model_buffer buffers[TABLE_ENTRIES];
    struct offered offered;
    unsigned count = make_buffers(input, buffers, &offered);
    bool indirect = fuzz_take(input, 1) & 1;
    if (indirect && rig->driver.free_count != 0) {
        uint16_t slot = rig->driver.free_ids[rig->driver.free_count - 1];
        buffers[0] = driver_table(&rig->driver, TABLES + 16 * TABLE_ENTRIES * (uint64_t)slot, buffers, count);
        count = 1;
    }
    if (indirect && rig->driver.free_count == 0)
        return;
    offered.id = driver_add(&rig->driver, buffers, count, indirect ? MODEL_INDIRECT : 0);
    if (offered.id >= 0 && rig->offered_count < MAX_SIZE)
        rig->offered[rig->offered_count++] = offered;
}

static void check_bounds(const struct rig *rig)
{
    const struct virtio_chain *chain = &rig->chain;
    uint64_t sums[2] = {0, 0};
    EXPECT(chain->readable + chain->writable <= VIRTIO_CHAIN_LIMIT);
    for (unsigned i = 0; i < chain->readable + chain->writable; i++) {
        EXPECT(chain->ranges[i].bytes != 0);
        EXPECT(guest_mem_contains(&rig->mem, chain->ranges[i].gpa, chain->ranges[i].bytes));
        sums[i >= chain->readable] += chain->ranges[i].bytes;
    }
    EXPECT(sums[0] == chain->readable_bytes && sums[1] == chain->writable_bytes);
    EXPECT(chain->token.slots != 0 && chain->token.slots <= rig->q.config.size);
    EXPECT(rig->q.taken <= rig->q.config.size);
}

static void check_offered(struct rig *rig)
{
    const struct virtio_chain *chain = &rig->chain;
    EXPECT(rig->offered_count != 0);
    EXPECT(chain->token.id == rig->offered[0].id);
    EXPECT(chain->readable_bytes == rig->offered[0].readable && chain->writable_bytes == rig->offered[0].writable);
    EXPECT(chain->ranges[0].gpa == rig->offered[0].first_gpa);
    memmove(rig->offered, rig->offered + 1, --rig->offered_count * sizeof rig->offered[0]);
}

static void take(struct rig *rig)
{
    bool available = virtq_available(&rig->q);
    bool found = virtq_pop(&rig->q, &rig->chain);
    EXPECT(!found || available);
    EXPECT(found || !available || rig->q.fault != VIRTQ_OK);
    EXPECT(rig->wild || rig->q.fault == VIRTQ_OK);
    if (!found) {
        EXPECT(rig->wild || rig->offered_count == 0);
        return;
    }
    check_bounds(rig);
    if (!rig->wild)
        check_offered(rig);
    EXPECT(rig->held_count < VIRTIO_QUEUE_LIMIT);
    rig->held[rig->held_count++] = rig->chain.token;
}

static void copy_both_ways(struct rig *rig, struct fuzz_input *input)
{
    uint8_t bytes[64];
    uint64_t offset = fuzz_take(input, 2);
    if (rig->held_count == 0)
        return;
    uint64_t got = virtio_chain_read(&rig->mem, &rig->chain, offset, bytes, sizeof bytes);
    EXPECT(got <= sizeof bytes && (got == 0 || offset + got <= rig->chain.readable_bytes));
    memset(bytes, 0xd5, sizeof bytes);
    uint64_t left = rig->chain.writable_bytes > offset ? rig->chain.writable_bytes - offset : 0;
    uint64_t put = virtio_chain_write(&rig->mem, &rig->chain, offset, bytes, sizeof bytes);
    EXPECT(rig->wild || put == (left < sizeof bytes ? left : sizeof bytes));
}

/* A split driver that writes into its own rings through the buffers would be a wild one: DATA is apart from them. */
static void give_back(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    uint32_t written = (uint32_t)fuzz_take(input, 2);
    if (rig->held_count == 0)
        return;
    unsigned which = choice % rig->held_count;
    struct virtio_token token = rig->held[which];
    rig->held_count--;
    rig->held[which] = rig->held[rig->held_count];
    virtq_push(&rig->q, &token, written);
    if (!rig->wild) {
        rig->used[rig->used_count].id = token.id;
        rig->used[rig->used_count++].written = written;
    }
    driver_want_interrupt(&rig->driver, choice & 0x80);
    bool signal = virtq_take_signal(&rig->q);
    EXPECT(rig->wild || (choice & 0x80) != 0 || !signal || rig->used_count > 1);
}

static void collect(struct rig *rig)
{
    uint32_t id, written;
    if (rig->wild)
        return;
    for (unsigned i = 0; i < rig->used_count; i++) {
        EXPECT(driver_used(&rig->driver, &id, &written));
        EXPECT((int)id == rig->used[i].id && written == rig->used[i].written);
    }
    EXPECT(!driver_used(&rig->driver, &id, &written));
    rig->used_count = 0;
}

/* Both ask and are asked: an offer after the device looked in vain must lead to a notification. */
static void ask(struct rig *rig, struct fuzz_input *input)
{
    if (rig->wild)
        return;
    while (rig->offered_count != 0)
        take(rig);
    bool wanted = fuzz_take(input, 1) & 1;
    virtq_want_notify(&rig->q, wanted);
    take(rig);
    driver_must_kick(&rig->driver);
    offer(rig, input);
    if (rig->offered_count != 0)
        EXPECT(driver_must_kick(&rig->driver) == wanted);
    virtq_want_notify(&rig->q, true);
}

/* From here on the driver is a wild one. */
static void break_rule(struct rig *rig, struct fuzz_input *input)
{
    static const uint64_t areas[] = {DESCRIPTORS, DRIVER_AREA, DEVICE_AREA, TABLES};
    unsigned where = (unsigned)fuzz_take(input, 1);
    uint64_t offset = fuzz_take(input, 2) % 0x400;
    uint64_t value = fuzz_take(input, 1 + (where >> 2) % 8);
    rig->wild = true;
    guest_mem_write(&rig->mem, areas[where % 4] + offset, &value, 1 + (where >> 2) % 8);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    uint64_t choice = fuzz_take(input, 1);
    if (choice >= 0xfc) {
        break_rule(rig, input);
        return;
    }
    switch (choice % 6) {
    case 0:
    case 1: offer(rig, input); return;
    case 2: take(rig); return;
    case 3: give_back(rig, input); return;
    case 4: collect(rig); return;
    default:
        if (choice & 0x40)
            ask(rig, input);
        else
            copy_both_ways(rig, input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL && ram_create(&rig->ram, RAM_BASE, RAM_BYTES, NULL));
    rig->mem = (struct guest_mem){&rig->ram};
    start(rig, &input);
    while (input.left != 0)
        step(rig, &input);
    collect(rig);
    ram_destroy(&rig->ram);
    free(rig);
    return 0;
}
