/* SPDX-License-Identifier: MIT */
#include "virtio/blk_request.h"

#include "base/compiler.h"
#include "base/little_endian.h"
#include "virtio/virtio.h"

/* VirtIO 1.3 5.2.6. */
enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4, TYPE_GET_ID = 8, TYPE_DISCARD = 11, TYPE_WRITE_ZEROES = 13 };
#define HEADER_BYTES 16u
#define RANGE_BYTES 16u
#define RANGE_UNMAP 1u

struct header {
    uint32_t type;
    uint64_t sector;
};

/* Bytes between the header or the first writable byte and the status byte. */
static uint64_t data_out(const struct blk_request *request)
{
    return request->chain.readable_bytes - HEADER_BYTES;
}

static uint64_t data_in(const struct blk_request *request)
{
    return request->chain.writable_bytes - 1;
}

static bool on_disk(const struct blk_limits *limits, uint64_t sector, uint64_t count)
{
    return count <= limits->sectors && sector <= limits->sectors - count;
}

static uint8_t parse_transfer(struct blk_request *request, const struct blk_limits *limits, uint64_t sector,
                              uint64_t length)
{
    if (length % DISK_SECTOR_BYTES != 0 || !on_disk(limits, sector, length / DISK_SECTOR_BYTES))
        return BLK_IOERR;
    request->ranges[0] = (struct blk_range){.offset = sector * DISK_SECTOR_BYTES, .length = length};
    request->range_count = 1;
    return BLK_OK;
}

static uint8_t parse_read(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                          uint64_t sector)
{
    (void)mem;
    request->operation = DISK_READ;
    return parse_transfer(request, limits, sector, data_in(request));
}

static uint8_t parse_write(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                           uint64_t sector)
{
    (void)mem;
    request->operation = DISK_WRITE;
    return limits->read_only ? BLK_IOERR : parse_transfer(request, limits, sector, data_out(request));
}

static uint8_t parse_flush(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                           uint64_t sector)
{
    (void)mem;
    (void)limits;
    (void)sector;
    request->operation = DISK_FLUSH;
    request->ranges[0] = (struct blk_range){0};
    request->range_count = 1;
    return BLK_OK;
}

/* There is room for as much of the id as the driver wants. */
static uint8_t parse_get_id(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                            uint64_t sector)
{
    (void)sector;
    uint64_t room = data_in(request);
    request->given = virtio_chain_write(mem, &request->chain, 0, limits->serial,
                                        room < DISK_SERIAL_BYTES ? room : DISK_SERIAL_BYTES);
    return BLK_OK;
}

static uint8_t parse_range(struct blk_range *range, const uint8_t bytes[RANGE_BYTES], const struct blk_limits *limits,
                           uint32_t known_flags)
{
    uint64_t sector = little_get(bytes, 8);
    uint32_t count = (uint32_t)little_get(bytes + 8, 4);
    uint32_t flags = (uint32_t)little_get(bytes + 12, 4);
    if ((flags & ~known_flags) != 0)
        return BLK_UNSUPP;
    if (count > BLK_RANGE_SECTORS || !on_disk(limits, sector, count))
        return BLK_IOERR;
    *range = (struct blk_range){
        .offset = sector * DISK_SECTOR_BYTES,
        .length = (uint64_t)count * DISK_SECTOR_BYTES,
        .may_unmap = (flags & RANGE_UNMAP) != 0,
    };
    return BLK_OK;
}

/* All ranges are copied and checked before the first is touched. */
static uint8_t parse_ranges(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                            uint32_t known_flags)
{
    uint64_t length = data_out(request);
    if (length == 0 || length % RANGE_BYTES != 0 || length > BLK_RANGES * RANGE_BYTES)
        return BLK_IOERR;
    uint8_t bytes[BLK_RANGES * RANGE_BYTES];
    virtio_chain_read(mem, &request->chain, HEADER_BYTES, bytes, length);
    for (unsigned i = 0; i < length / RANGE_BYTES; i++) {
        uint8_t status = parse_range(&request->ranges[i], bytes + i * RANGE_BYTES, limits, known_flags);
        if (status != BLK_OK)
            return status;
    }
    request->range_count = (unsigned)(length / RANGE_BYTES);
    return BLK_OK;
}

/* A read-only disk offers neither discard nor write zeroes. */
static uint8_t parse_discard(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                             uint64_t sector)
{
    (void)sector;
    request->operation = DISK_DISCARD;
    return limits->read_only ? BLK_UNSUPP : parse_ranges(request, mem, limits, 0);
}

static uint8_t parse_write_zeroes(struct blk_request *request, const struct guest_mem *mem,
                                  const struct blk_limits *limits, uint64_t sector)
{
    (void)sector;
    request->operation = DISK_WRITE_ZEROES;
    return limits->read_only ? BLK_UNSUPP : parse_ranges(request, mem, limits, RANGE_UNMAP);
}

static bool read_header(const struct blk_request *request, const struct guest_mem *mem, struct header *header)
{
    uint8_t bytes[HEADER_BYTES];
    if (virtio_chain_read(mem, &request->chain, 0, bytes, sizeof bytes) != sizeof bytes)
        return false;
    header->type = (uint32_t)little_get(bytes, 4);
    header->sector = little_get(bytes + 8, 8);
    return true;
}

uint8_t blk_request_parse(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits)
{
    static const struct {
        uint32_t type;
        uint8_t (*parse)(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits,
                         uint64_t sector);
    } rows[] = {
        {TYPE_IN, parse_read},       {TYPE_OUT, parse_write},       {TYPE_FLUSH, parse_flush},
        {TYPE_GET_ID, parse_get_id}, {TYPE_DISCARD, parse_discard}, {TYPE_WRITE_ZEROES, parse_write_zeroes},
    };
    struct header header;
    request->range_count = 0;
    request->range = 0;
    request->moved = 0;
    request->given = 0;
    if (!read_header(request, mem, &header))
        return BLK_IOERR;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (header.type == rows[i].type)
            return rows[i].parse(request, mem, limits, header.sector);
    }
    return BLK_UNSUPP;
}

static bool has_data(const struct blk_request *request)
{
    return request->operation == DISK_READ || request->operation == DISK_WRITE;
}

/* Skips ranges that are done or empty; a flush is done when its range was passed. */
static const struct blk_range *present_range(struct blk_request *request)
{
    for (; request->range < request->range_count; request->range++) {
        const struct blk_range *range = &request->ranges[request->range];
        if (request->moved < range->length || request->operation == DISK_FLUSH)
            return range;
        request->moved = 0;
    }
    return NULL;
}

/* One sync behind its last piece makes the whole of a write stable. */
static void put_piece(struct blk_request *request, const struct blk_range *range, bool durable)
{
    struct disk_request *io = request->io;
    uint64_t left = range->length - request->moved;
    io->operation = request->operation;
    io->offset = range->offset + request->moved;
    io->length = has_data(request) && left > DISK_DATA_BYTES ? DISK_DATA_BYTES : left;
    io->may_unmap = range->may_unmap;
    io->durable = durable && io->length == left;
}

static void put_data(struct blk_request *request, const struct guest_mem *mem)
{
    struct disk_request *io = request->io;
    if (request->operation == DISK_WRITE)
        virtio_chain_read(mem, &request->chain, HEADER_BYTES + request->moved, io->bytes, io->length);
}

bool blk_request_next(struct blk_request *request, const struct guest_mem *mem, bool durable)
{
    const struct blk_range *range = present_range(request);
    if (range == NULL)
        return false;
    put_piece(request, range, durable);
    put_data(request, mem);
    return true;
}

void blk_request_moved(struct blk_request *request, const struct guest_mem *mem)
{
    const struct disk_request *io = request->io;
    if (request->operation == DISK_READ)
        request->given += virtio_chain_write(mem, &request->chain, request->moved, io->bytes, io->length);
    request->moved += io->length;
    request->range += request->operation == DISK_FLUSH;
}

uint32_t blk_request_answer(struct blk_request *request, const struct guest_mem *mem, uint8_t status)
{
    uint64_t room = data_in(request);
    virtio_chain_write(mem, &request->chain, room, &status, 1);
    if (request->given == room)
        request->given++;
    return request->given < UINT32_MAX ? (uint32_t)request->given : UINT32_MAX;
}

static const struct state_field range_fields[] = {
    STATE(struct blk_range, offset, STATE_ANY, "of its first byte on the disk"),
    STATE(struct blk_range, length, STATE_ANY, "in bytes"),
    STATE(struct blk_range, may_unmap, 1, "the file may get a hole"),
    STATE_END,
};

static const struct state_field fields[] = {
    STATE_NOT(struct blk_request, blk, "wiring"),
    STATE_NOT(struct blk_request, io, "follows from what is asked for and done"),
    STATE(struct blk_request, operation, DISK_WRITE_ZEROES, "0 read, 1 write, 2 flush, 3 discard, 4 write zeroes"),
    STATE(struct blk_request, range_count, BLK_RANGES, "ranges of the disk"),
    STATE_FIRST(struct blk_request, ranges, range_fields, range_count, "of the disk, in order"),
    STATE(struct blk_request, range, BLK_RANGES - 1, "the present one"),
    STATE(struct blk_request, moved, STATE_ANY, "bytes done of it"),
    STATE(struct blk_request, given, STATE_ANY, "bytes written to the guest's buffer"),
    STATE_INNER(struct blk_request, chain, virtio_chain_fields, "the guest's buffer"),
    STATE_END,
};

const struct state_table blk_request_saved = {.fields = fields, .bytes = sizeof(struct blk_request)};

static bool ranges_are_legal(const struct blk_request *request, const struct blk_limits *limits)
{
    uint64_t size = limits->sectors * DISK_SECTOR_BYTES;
    for (unsigned i = 0; i < request->range_count; i++) {
        const struct blk_range *range = &request->ranges[i];
        bool aligned = (range->offset | range->length) % DISK_SECTOR_BYTES == 0;
        if (!aligned || range->length > size || range->offset > size - range->length)
            return false;
    }
    return request->range < request->range_count;
}

/* As many bytes as its buffer has, or none. */
static bool length_is_legal(const struct blk_request *request)
{
    uint64_t length = request->ranges[0].length;
    switch (request->operation) {
    case DISK_READ: return request->range_count == 1 && length == data_in(request);
    case DISK_WRITE: return request->range_count == 1 && length == data_out(request);
    case DISK_FLUSH: return request->range_count == 1 && length == 0;
    default: return true;
    }
}

static bool progress_is_legal(const struct blk_request *request)
{
    uint64_t length = request->ranges[request->range].length;
    uint64_t given = request->operation == DISK_READ ? request->moved : 0;
    return (request->operation == DISK_FLUSH ? request->moved == 0 : request->moved < length) &&
           request->given == given;
}

bool blk_request_is_legal(const struct blk_request *request, const struct guest_mem *mem,
                          const struct blk_limits *limits)
{
    const struct virtio_chain *chain = &request->chain;
    bool changes = request->operation != DISK_READ && request->operation != DISK_FLUSH;
    return virtio_chain_is_legal(chain, mem) && chain->readable_bytes >= HEADER_BYTES && chain->writable_bytes >= 1 &&
           ranges_are_legal(request, limits) && length_is_legal(request) && progress_is_legal(request) &&
           !(changes && limits->read_only);
}

void blk_request_resume(struct blk_request *request, const struct guest_mem *mem)
{
    put_piece(request, &request->ranges[request->range], true);
    put_data(request, mem);
}
