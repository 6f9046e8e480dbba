/* SPDX-License-Identifier: MIT */
/* Walks over the ranges of one part of a chain. */
#include "virtio/chain.h"

#include <stddef.h>

/* What is left to do of a part: the ranges from `at` on, of which the first `skip` bytes do not count. */
struct walk {
    const struct virtio_range *at;
    const struct virtio_range *end;
    uint64_t skip;
    uint64_t left;
};

static struct walk walk_begin(const struct virtio_chain *chain, enum virtio_part part, uint64_t offset, uint64_t count)
{
    const struct virtio_range *first = chain->ranges + (part == VIRTIO_WRITABLE ? chain->readable : 0);
    unsigned ranges = part == VIRTIO_WRITABLE ? chain->writable : chain->readable;
    return (struct walk){.at = first, .end = first + ranges, .skip = offset, .left = count};
}

/* The next piece that counts; false: none is left. */
static bool walk_next(struct walk *walk, uint64_t *gpa, uint64_t *bytes)
{
    while (walk->at < walk->end && walk->skip >= walk->at->bytes)
        walk->skip -= walk->at++->bytes;
    if (walk->at >= walk->end || walk->left == 0)
        return false;
    *gpa = walk->at->gpa + walk->skip;
    *bytes = walk->at->bytes - walk->skip;
    if (*bytes > walk->left)
        *bytes = walk->left;
    walk->skip = 0;
    walk->left -= *bytes;
    walk->at++;
    return true;
}

uint64_t virtio_chain_read(const struct guest_mem *mem, const struct virtio_chain *chain, uint64_t offset, void *bytes,
                           uint64_t count)
{
    struct walk walk = walk_begin(chain, VIRTIO_READABLE, offset, count);
    uint64_t gpa, piece, done = 0;
    while (walk_next(&walk, &gpa, &piece) && guest_mem_read(mem, gpa, (uint8_t *)bytes + done, piece))
        done += piece;
    return done;
}

uint64_t virtio_chain_write(const struct guest_mem *mem, const struct virtio_chain *chain, uint64_t offset,
                            const void *bytes, uint64_t count)
{
    struct walk walk = walk_begin(chain, VIRTIO_WRITABLE, offset, count);
    uint64_t gpa, piece, done = 0;
    while (walk_next(&walk, &gpa, &piece) && guest_mem_write(mem, gpa, (const uint8_t *)bytes + done, piece))
        done += piece;
    return done;
}

/* iovec has no const: what is read from is not written to by writev. */
static void *host_pointer(const struct guest_mem *mem, enum virtio_part part, uint64_t gpa, uint64_t bytes)
{
    if (part == VIRTIO_WRITABLE)
        return guest_mem_target(mem, gpa, bytes);
    return (void *)(uintptr_t)guest_mem_source(mem, gpa, bytes);
}

uint64_t virtio_chain_iov(const struct guest_mem *mem, const struct virtio_chain *chain, enum virtio_part part,
                          uint64_t offset, uint64_t count, struct iovec *iov, unsigned limit, unsigned *filled)
{
    struct walk walk = walk_begin(chain, part, offset, count);
    uint64_t gpa, piece, done = 0;
    *filled = 0;
    while (*filled < limit && walk_next(&walk, &gpa, &piece)) {
        void *host = host_pointer(mem, part, gpa, piece);
        if (host == NULL)
            break;
        iov[(*filled)++] = (struct iovec){.iov_base = host, .iov_len = (size_t)piece};
        done += piece;
    }
    return done;
}

void virtio_chain_wrote(const struct guest_mem *mem, const struct virtio_chain *chain, uint64_t offset, uint64_t count)
{
    struct walk walk = walk_begin(chain, VIRTIO_WRITABLE, offset, count);
    uint64_t gpa, piece;
    while (walk_next(&walk, &gpa, &piece))
        guest_mem_wrote(mem, gpa, piece);
}

static const struct state_field token_fields[] = {
    STATE(struct virtio_token, queue, VIRTIO_QUEUE_LIMIT - 1, "it came from"),
    STATE(struct virtio_token, id, STATE_ANY, "the driver's"),
    STATE(struct virtio_token, slots, VIRTIO_QUEUE_LIMIT, "of the ring"),
    STATE(struct virtio_token, generation, STATE_ANY, "of the queue when the buffer was taken"),
    STATE_END,
};

static const struct state_field range_fields[] = {
    STATE(struct virtio_range, gpa, STATE_ANY, "guest physical address"),
    STATE(struct virtio_range, bytes, STATE_ANY, "there"),
    STATE_END,
};

const struct state_field virtio_chain_fields[] = {
    STATE_INNER(struct virtio_chain, token, token_fields, "names the buffer"),
    STATE(struct virtio_chain, readable, VIRTIO_CHAIN_LIMIT, "ranges for the device to read"),
    STATE(struct virtio_chain, writable, VIRTIO_CHAIN_LIMIT, "ranges for the device to write, which follow"),
    STATE(struct virtio_chain, readable_bytes, UINT64_C(1) << 32, "in those"),
    STATE(struct virtio_chain, writable_bytes, UINT64_C(1) << 32, "in these"),
    STATE_FIRST_TWO(struct virtio_chain, ranges, range_fields, readable, writable, "of guest RAM"),
    STATE_END,
};

static bool sum_is(const struct guest_mem *mem, const struct virtio_range *ranges, unsigned count, uint64_t bytes)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        if (ranges[i].bytes == 0 || !guest_mem_contains(mem, ranges[i].gpa, ranges[i].bytes))
            return false;
        sum += ranges[i].bytes;
    }
    return sum == bytes;
}

bool virtio_chain_is_legal(const struct virtio_chain *chain, const struct guest_mem *mem)
{
    return chain->readable + chain->writable <= VIRTIO_CHAIN_LIMIT &&
           sum_is(mem, chain->ranges, chain->readable, chain->readable_bytes) &&
           sum_is(mem, chain->ranges + chain->readable, chain->writable, chain->writable_bytes);
}
