/* SPDX-License-Identifier: MIT */
#include "virtio/blk.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
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
/* A mebibyte in pages of 4 KiB, where none follows another, fits in one request: a driver's chains are no longer than its queue. */
#define QUEUE_SIZE 512
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

static void put_in_flight(struct virtio_blk *blk, struct blk_request *request, struct disk_request *io)
{
    blk->unused_count--;
    request->blk = blk;
    request->io = io;
    io->owner = request;
    io->done = on_done;
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
    put_in_flight(blk, request, io);
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
    while (take_request(blk))
        continue;
    virtio_signal(blk->v, QUEUE);
}

void virtio_blk_poll(struct virtio_blk *blk)
{
    if (blk->v == NULL || blk->unused_count == DISK_REQUESTS)
        return;
    unsigned before = blk->unused_count;
    disk_poll(blk->disk);
    if (blk->unused_count != before)
        take_requests(blk);
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
    little_put(bytes + CONFIG_CAPACITY, 8, disk_size_bytes(blk->disk) / DISK_SECTOR_BYTES);
    little_put(bytes + CONFIG_SEG_MAX, 4, SEG_MAX);
    little_put(bytes + CONFIG_BLK_SIZE, 4, DISK_SECTOR_BYTES);
    little_put(bytes + CONFIG_PHYSICAL_BLOCK_EXP, 1, PHYSICAL_BLOCK_EXP);
    little_put(bytes + CONFIG_MIN_IO_SIZE, 2, SECTORS_PER_BLOCK);
    little_put(bytes + CONFIG_WRITEBACK, 1, is_writeback(blk));
    if (disk_is_read_only(blk->disk))
        return;
    little_put(bytes + CONFIG_MAX_DISCARD_SECTORS, 4, BLK_RANGE_SECTORS);
    little_put(bytes + CONFIG_MAX_DISCARD_SEG, 4, BLK_RANGES);
    little_put(bytes + CONFIG_DISCARD_SECTOR_ALIGNMENT, 4, SECTORS_PER_BLOCK);
    little_put(bytes + CONFIG_MAX_WRITE_ZEROES_SECTORS, 4, BLK_RANGE_SECTORS);
    little_put(bytes + CONFIG_MAX_WRITE_ZEROES_SEG, 4, BLK_RANGES);
    little_put(bytes + CONFIG_WRITE_ZEROES_MAY_UNMAP, 1, 1);
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

static const struct state_field blk_fields[] = {
    STATE_NOT(struct virtio_blk, disk, "wiring"),
    STATE_NOT(struct virtio_blk, v, "wiring"),
    STATE(struct virtio_blk, writeback_set, 1, "the driver chose the cache mode since the last reset"),
    STATE(struct virtio_blk, writeback, 1, "what it chose"),
    STATE_NOT(struct virtio_blk, limits, "made with the machine"),
    STATE_NOT(struct virtio_blk, requests, "those in flight follow the rows"),
    STATE_NOT(struct virtio_blk, unused, "those that are not in flight"),
    STATE_NOT(struct virtio_blk, unused_count, "those that are not in flight"),
    STATE_END,
};

static const struct state_table blk_saved = {.fields = blk_fields, .bytes = sizeof(struct virtio_blk)};

/* Requests in flight: for each the tick at which it completes, how long its rows are, and these. */
#define FLIGHT_BYTES 12

static size_t flight_bytes(const void *object)
{
    const struct virtio_blk *blk = object;
    size_t bytes = 0;
    for (unsigned i = 0; i < disk_in_flight(blk->disk); i++)
        bytes += FLIGHT_BYTES + state_saved_bytes(&blk_request_saved, disk_flight(blk->disk, i)->owner);
    return bytes;
}

static void flight_save(const void *object, uint8_t *bytes)
{
    const struct virtio_blk *blk = object;
    for (unsigned i = 0; i < disk_in_flight(blk->disk); i++) {
        const struct disk_request *io = disk_flight(blk->disk, i);
        size_t count = state_saved_bytes(&blk_request_saved, io->owner);
        little_put(bytes, 8, io->due);
        little_put(bytes + 8, 4, count);
        state_save(&blk_request_saved, io->owner, bytes + FLIGHT_BYTES);
        bytes += FLIGHT_BYTES + count;
    }
}

/* The rows of the request at `at`, or NULL: there are none. */
static const uint8_t *flight_at(const uint8_t *bytes, size_t count, size_t at, size_t *length)
{
    *length = 0;
    if (count - at < FLIGHT_BYTES)
        return NULL;
    *length = (size_t)little_get(bytes + at + 8, 4);
    return *length <= count - at - FLIGHT_BYTES ? bytes + at + FLIGHT_BYTES : NULL;
}

static bool flight_check_all(const struct virtio_blk *blk, struct blk_request *request, const uint8_t *bytes,
                             size_t count, struct error *err)
{
    unsigned found = 0;
    for (size_t at = 0, length; at < count; at += FLIGHT_BYTES + length, found++) {
        const uint8_t *rows = flight_at(bytes, count, at, &length);
        if (rows == NULL || found == DISK_REQUESTS)
            return error_set(err, "saved state: no disk request at byte %zu", at);
        if (!state_load(&blk_request_saved, request, rows, length, err))
            return false;
        if (!blk_request_is_legal(request, virtio_memory(blk->v), &blk->limits))
            return error_set(err, "saved state: a disk request is not legal");
    }
    return true;
}

static bool flight_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct blk_request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return error_set(err, "out of memory");
    bool ok = flight_check_all(object, request, bytes, count, err);
    free(request);
    return ok;
}

static void release_all(struct virtio_blk *blk)
{
    for (unsigned i = 0; i < DISK_REQUESTS; i++)
        blk->unused[i] = &blk->requests[DISK_REQUESTS - 1 - i];
    blk->unused_count = DISK_REQUESTS;
}

static bool flight_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct virtio_blk *blk = object;
    disk_forget(blk->disk);
    release_all(blk);
    for (size_t at = 0, length; at < count; at += FLIGHT_BYTES + length) {
        const uint8_t *rows = flight_at(bytes, count, at, &length);
        struct blk_request *request = blk->unused[blk->unused_count - 1];
        if (!state_load(&blk_request_saved, request, rows, length, err))
            return false;
        put_in_flight(blk, request, disk_request_get(blk->disk));
        blk_request_resume(request, virtio_memory(blk->v));
        request->io->due = little_get(bytes + at, 8);
        disk_resume(blk->disk, request->io);
    }
    return true;
}

static const struct state_blob blk_flight = {
    .meaning =
        "the requests in flight, oldest first: the tick at which it completes under the virtual clock (8 bytes), the "
        "length of its rows (4 bytes), its rows",
    .bytes = flight_bytes,
    .save = flight_save,
    .check = flight_check,
    .load = flight_load,
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
    .blob = &blk_flight,
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
    release_all(blk);
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
