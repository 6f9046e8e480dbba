/* SPDX-License-Identifier: MIT */
/* One request of the block device: what the driver asks for, checked, and cut into pieces for the disk. For blk.c. */
#ifndef MICROVM_VIRTIO_BLK_REQUEST_H
#define MICROVM_VIRTIO_BLK_REQUEST_H

#include "host/disk/disk.h"
#include "virtio/chain.h"

/* The status byte, VirtIO 1.3 5.2.6. */
enum { BLK_OK = 0, BLK_IOERR = 1, BLK_UNSUPP = 2 };

/* The most ranges that a discard or write zeroes request may have, and sectors in one of them (1 GiB). */
#define BLK_RANGES 16u
#define BLK_RANGE_SECTORS (1u << 21)

struct blk_limits {
    uint64_t sectors;
    bool read_only;
    uint8_t serial[DISK_SERIAL_BYTES]; /* padded with zeros */
};

struct blk_range {
    uint64_t offset; /* bytes */
    uint64_t length;
    bool may_unmap;
};

struct virtio_blk;

struct blk_request {
    struct virtio_blk *blk;
    struct disk_request *io; /* the disk's part, held as long as the request lasts */
    enum disk_operation operation;
    unsigned range_count;
    struct blk_range ranges[BLK_RANGES]; /* read and write: one; flush: one that is empty; get id: none */
    unsigned range;                      /* the present one */
    uint64_t moved;                      /* bytes done of it */
    uint64_t given;                      /* bytes written to the chain, from its first writable one on */
    struct virtio_chain chain;
};

/* Reads the header, checks all that can be known before the disk is asked, and gives the id. Returns BLK_OK, or the status
 * to refuse the request with; then nothing of it has been done. */
uint8_t blk_request_parse(struct blk_request *request, const struct guest_mem *mem, const struct blk_limits *limits);

/* Fills request->io with the next piece, with the guest's data for writes; durable: what is written must be stable once the
 * request is completed. False: nothing is left. */
bool blk_request_next(struct blk_request *request, const struct guest_mem *mem, bool durable);

/* What of a request in flight must be kept; whether one that was loaded is one. Then its present piece can be put into
 * request->io again, with the guest's data for writes. */
extern const struct state_table blk_request_saved;
bool blk_request_is_legal(const struct blk_request *request, const struct guest_mem *mem,
                          const struct blk_limits *limits);
void blk_request_resume(struct blk_request *request, const struct guest_mem *mem);

/* The piece in request->io was done: passes on what was read. */
void blk_request_moved(struct blk_request *request, const struct guest_mem *mem);

/* Writes the status into the last writable byte (there must be one); returns how many bytes were written without a gap from
 * the first writable one on. */
uint32_t blk_request_answer(struct blk_request *request, const struct guest_mem *mem, uint8_t status);

#endif
