/* SPDX-License-Identifier: MIT */
#include "virtio/blk.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "virtio/blk_request.h"

/* Feature bits, VirtIO 1.3 5.2.3. */
#define F_SEG_MAX (UINT64_C(1) << 2)
#define F_RO (UINT64_C(1) << 5)
#define F_BLK_SIZE (UINT64_C(1) << 6)
#define F_FLUSH_BIT 9
#define F_TOPOLOGY (UINT64_C(1) << 10)
#define F_CONFIG_WCE_BIT 11
#define F_DISCARD (UINT64_C(1) << 13)
#define F_WRITE_ZEROES (UINT64_C(1) << 14)

/* Offsets in the configuration space, VirtIO 1.3 5.2.4. */
#define CONFIG_CAPACITY 0
#define CONFIG_SEG_MAX 12
#define CONFIG_BLK_SIZE 20
#define CONFIG_PHYSICAL_BLOCK_EXP 24
#define CONFIG_MIN_IO_SIZE 26
#define CONFIG_WRITEBACK 32
#define CONFIG_MAX_DISCARD_SECTORS 36
#define CONFIG_MAX_DISCARD_SEG 40
#define CONFIG_DISCARD_SECTOR_ALIGNMENT 44
#define CONFIG_MAX_WRITE_ZEROES_SECTORS 48
#define CONFIG_MAX_WRITE_ZEROES_SEG 52
#define CONFIG_WRITE_ZEROES_MAY_UNMAP 56
#define CONFIG_BYTES 60

#define QUEUE 0
#define QUEUE_SIZE 256
/* Header and status take two descriptors of a queue that is as long as ours. */
#define SEG_MAX (QUEUE_SIZE - 2)
#define SECTORS_PER_BLOCK (DISK_BLOCK_BYTES / DISK_SECTOR_BYTES)
#define PHYSICAL_BLOCK_EXP 3
_Static_assert(SECTORS_PER_BLOCK == 1u << PHYSICAL_BLOCK_EXP, "the block's size is a power of two sectors");

struct virtio_blk {
    struct disk *disk;
    struct virtio *v;
    bool writeback_set; /* the driver chose since the last reset */
    bool writeback;     /* what it chose */
    struct blk_limits limits;
    struct blk_request requests[DISK_REQUESTS];
    struct blk_request *unused[DISK_REQUESTS];
    unsigned unused_count;
    bool look; /* requests may wait in the queue of which no notification will come */
};

/* VirtIO 1.3 5.2.5.2 and 5.2.6.2: the driver's choice; writethrough if it knows of no flushes. */
static bool is_writeback(const struct virtio_blk *blk)
{
    if (blk->writeback_set)
        return blk->writeback;
    return virtio_has(blk->v, F_FLUSH_BIT) && disk_cache_mode(blk->disk) != DISK_CACHE_WRITETHROUGH;
}

static void retire(struct virtio_blk *blk, struct blk_request *request)
{
    disk_release(blk->disk, request->io);
    blk->unused[blk->unused_count++] = request;
}

static void finish(struct virtio_blk *blk, struct blk_request *request, uint8_t status)
{
    uint32_t written = blk_request_answer(request, virtio_memory(blk->v), status);
    virtio_push(blk->v, &request->chain.token, written);
    retire(blk, request);
}

/* Hands the request's next piece to the disk, or finishes it. */
static void advance(struct virtio_blk *blk, struct blk_request *request)
{
    if (!blk_request_next(request, virtio_memory(blk->v), !is_writeback(blk))) {
        finish(blk, request, BLK_OK);
        return;
    }
    disk_submit(blk->disk, request->io);
}

/* The queue may have been stopped or reset since: then the guest's memory is not ours any more. */
static void on_done(void *owner, struct disk_request *io)
{
    struct blk_request *request = owner;
    struct virtio_blk *blk = request->blk;
    if (!virtio_alive(blk->v, &request->chain.token)) {
        retire(blk, request);
        return;
    }
    if (io->error != 0) {
        finish(blk, request, BLK_IOERR);
        return;
    }
    blk_request_moved(request, virtio_memory(blk->v));
    advance(blk, request);
}

static void start(struct virtio_blk *blk, struct blk_request *request)
{
    uint8_t status = blk_request_parse(request, virtio_memory(blk->v), &blk->limits);
    if (status == BLK_OK)
        advance(blk, request);
    else
        finish(blk, request, status);
}

static bool take_request(struct virtio_blk *blk)
{
    struct disk_request *io = disk_request_get(blk->disk);
    if (io == NULL)
        return false;
    struct blk_request *request = blk->unused[blk->unused_count - 1];
    if (!virtio_pop(blk->v, QUEUE, &request->chain)) {
        disk_release(blk->disk, io);
        return false;
    }
    blk->unused_count--;
    request->blk = blk;
    request->io = io;
    io->owner = request;
    io->done = on_done;
    if (request->chain.writable_bytes == 0) {
        virtio_fail(blk->v, "a block request has no byte for its status");
        retire(blk, request);
        return false;
    }
    start(blk, request);
    return true;
}

static void take_requests(struct virtio_blk *blk)
{
    blk->look = false;
    while (take_request(blk))
        continue;
    virtio_signal(blk->v, QUEUE);
}

void virtio_blk_poll(struct virtio_blk *blk)
{
    if (blk->v == NULL || (blk->unused_count == DISK_REQUESTS && !blk->look))
        return;
    unsigned before = blk->unused_count;
    disk_poll(blk->disk);
    if (blk->unused_count != before || blk->look)
        take_requests(blk);
}

void virtio_blk_settle(struct virtio_blk *blk)
{
    disk_settle(blk->disk);
    virtio_signal(blk->v, QUEUE);
    blk->look = true;
}

static void blk_attach(void *state, struct virtio *v)
{
    ((struct virtio_blk *)state)->v = v;
}

static uint64_t blk_features(void *state)
{
    const struct virtio_blk *blk = state;
    uint64_t features =
        F_SEG_MAX | F_BLK_SIZE | F_TOPOLOGY | UINT64_C(1) << F_FLUSH_BIT | UINT64_C(1) << F_CONFIG_WCE_BIT;
    return features | (disk_is_read_only(blk->disk) ? F_RO : F_DISCARD | F_WRITE_ZEROES);
}

static uint16_t blk_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue == QUEUE ? QUEUE_SIZE : 0;
}

static void blk_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_blk *blk = state;
    virtio_put(bytes + CONFIG_CAPACITY, 8, disk_size_bytes(blk->disk) / DISK_SECTOR_BYTES);
    virtio_put(bytes + CONFIG_SEG_MAX, 4, SEG_MAX);
    virtio_put(bytes + CONFIG_BLK_SIZE, 4, DISK_SECTOR_BYTES);
    virtio_put(bytes + CONFIG_PHYSICAL_BLOCK_EXP, 1, PHYSICAL_BLOCK_EXP);
    virtio_put(bytes + CONFIG_MIN_IO_SIZE, 2, SECTORS_PER_BLOCK);
    virtio_put(bytes + CONFIG_WRITEBACK, 1, is_writeback(blk));
    if (disk_is_read_only(blk->disk))
        return;
    virtio_put(bytes + CONFIG_MAX_DISCARD_SECTORS, 4, BLK_RANGE_SECTORS);
    virtio_put(bytes + CONFIG_MAX_DISCARD_SEG, 4, BLK_RANGES);
    virtio_put(bytes + CONFIG_DISCARD_SECTOR_ALIGNMENT, 4, SECTORS_PER_BLOCK);
    virtio_put(bytes + CONFIG_MAX_WRITE_ZEROES_SECTORS, 4, BLK_RANGE_SECTORS);
    virtio_put(bytes + CONFIG_MAX_WRITE_ZEROES_SEG, 4, BLK_RANGES);
    virtio_put(bytes + CONFIG_WRITE_ZEROES_MAY_UNMAP, 1, 1);
}

static void blk_config_write(void *state, uint32_t offset, uint32_t value)
{
    struct virtio_blk *blk = state;
    if (offset != CONFIG_WRITEBACK || !virtio_has(blk->v, F_CONFIG_WCE_BIT))
        return;
    blk->writeback = (value & 0xff) != 0;
    blk->writeback_set = true;
}

static void blk_notify(void *state, unsigned queue)
{
    (void)queue;
    take_requests(state);
}

/* Requests in flight come back from the disk and are dropped then. */
static void blk_reset(void *state)
{
    struct virtio_blk *blk = state;
    blk->writeback_set = false;
}

/* What is in flight is not saved, but what waits in the queue is there for a loaded device to take: virtio_blk_settle. */
static const struct state_field blk_fields[] = {
    STATE_NOT(struct virtio_blk, disk, "wiring"),
    STATE_NOT(struct virtio_blk, v, "wiring"),
    STATE(struct virtio_blk, writeback_set, 1, "the driver chose the cache mode since the last reset"),
    STATE(struct virtio_blk, writeback, 1, "what it chose"),
    STATE_NOT(struct virtio_blk, limits, "made with the machine"),
    STATE_NOT(struct virtio_blk, requests, "none is in flight"),
    STATE_NOT(struct virtio_blk, unused, "all of them"),
    STATE_NOT(struct virtio_blk, unused_count, "all of them"),
    STATE_NOT(struct virtio_blk, look, "set when the device is loaded"),
    STATE_END,
};

static bool blk_check(const void *object)
{
    return ((const struct virtio_blk *)object)->unused_count == DISK_REQUESTS;
}

static void blk_loaded(void *object)
{
    ((struct virtio_blk *)object)->look = true;
}

static const struct state_table blk_saved = {
    .fields = blk_fields,
    .bytes = sizeof(struct virtio_blk),
    .check = blk_check,
    .loaded = blk_loaded,
};

static const struct virtio_class blk_class = {
    .name = "virtio-blk",
    .device_id = 2,
    .config_bytes = CONFIG_BYTES,
    .attach = blk_attach,
    .features = blk_features,
    .queue_size = blk_queue_size,
    .config = blk_config,
    .config_write = blk_config_write,
    .notify = blk_notify,
    .reset = blk_reset,
    .saved = &blk_saved,
};

struct virtio_blk *virtio_blk_create(struct disk *disk)
{
    struct virtio_blk *blk = calloc(1, sizeof *blk);
    if (blk == NULL)
        return NULL;
    blk->disk = disk;
    blk->limits = (struct blk_limits){
        .sectors = disk_size_bytes(disk) / DISK_SECTOR_BYTES,
        .read_only = disk_is_read_only(disk),
    };
    memcpy(blk->limits.serial, disk_serial(disk), strlen(disk_serial(disk)));
    for (unsigned i = 0; i < DISK_REQUESTS; i++)
        blk->unused[i] = &blk->requests[DISK_REQUESTS - 1 - i];
    blk->unused_count = DISK_REQUESTS;
    return blk;
}

void virtio_blk_destroy(struct virtio_blk *blk)
{
    free(blk);
}

struct virtio_device virtio_blk_device(struct virtio_blk *blk)
{
    return (struct virtio_device){.class = &blk_class, .state = blk};
}
