/* SPDX-License-Identifier: MIT */
/* A chain: one buffer that the driver gave to the device, as ranges of guest RAM, and the copying into and out of it.
 * All ranges were checked to lie in RAM when the chain was made, and RAM stays. */
#ifndef MICROVM_VIRTIO_CHAIN_H
#define MICROVM_VIRTIO_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "bus/guest_mem.h"
#include "bus/state.h"

/* The most entries a queue may have, and the most descriptors in a chain (VirtIO 1.3 2.7.4.1 lets a device have such a
 * limit). */
#define VIRTIO_QUEUE_LIMIT 512u
#define VIRTIO_CHAIN_LIMIT 512u

struct virtio_range {
    uint64_t gpa;
    uint32_t bytes; /* never 0 */
};

/* Names a buffer that the device holds: what is kept of a chain until the buffer is given back. */
struct virtio_token {
    uint16_t queue;
    uint16_t id;         /* the driver's: first descriptor (split) or buffer id (packed) */
    uint16_t slots;      /* ring slots that the buffer occupies (packed; 1 for split) */
    uint32_t generation; /* of the queue when the buffer was taken: an older one is dead */
};

/* ranges[0 .. readable) are for the device to read, the `writable` ones that follow for it to write. */
struct virtio_chain {
    struct virtio_token token;
    unsigned readable;
    unsigned writable;
    uint64_t readable_bytes; /* both sums together at most 2^32 */
    uint64_t writable_bytes;
    struct virtio_range ranges[VIRTIO_CHAIN_LIMIT];
};

/* What of a chain that a device holds must be kept; whether one that was loaded is one: that the ranges have bytes, lie in RAM
 * and make up the sums. */
extern const struct state_field virtio_chain_fields[];
bool virtio_chain_is_legal(const struct virtio_chain *chain, const struct guest_mem *mem);

/* The two parts of a chain. */
enum virtio_part { VIRTIO_READABLE, VIRTIO_WRITABLE };

/* Copies out of the readable part, or into the writable part, from the offset-th byte of that part on; the number of
 * bytes that were there to copy, count or fewer. Copy once, then decide: the guest may change what it gave. */
uint64_t virtio_chain_read(const struct guest_mem *mem, const struct virtio_chain *chain, uint64_t offset, void *bytes,
                           uint64_t count);
uint64_t virtio_chain_write(const struct guest_mem *mem, const struct virtio_chain *chain, uint64_t offset,
                            const void *bytes, uint64_t count);

/* Fills iov with host pointers for up to count bytes of a part from its offset-th byte on; *filled entries, at most
 * limit. Returns the bytes that they cover: fewer than count if the part or the entries end. For one readv or writev,
 * under the rules of guest_mem_source and guest_mem_target. */
uint64_t virtio_chain_iov(const struct guest_mem *mem, const struct virtio_chain *chain, enum virtio_part part,
                          uint64_t offset, uint64_t count, struct iovec *iov, unsigned limit, unsigned *filled);

/* Must be called after writable bytes were written through an iov, for the part that was written. */
void virtio_chain_wrote(const struct guest_mem *mem, const struct virtio_chain *chain, uint64_t offset, uint64_t count);

#endif
