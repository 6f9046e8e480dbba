/* SPDX-License-Identifier: MIT */
/* A disk whose image is never written: what the guest changes goes to a nameless file beside it, in whole blocks, and
 * is read
 * from there. Stands before the image as a table of calls; owns the nameless file and the note of which blocks are in
 * it.
 *
 * The calls are for the disk's thread. All else is for whoever knows that this thread has nothing to do. */
#ifndef MICROVM_HOST_DISK_OVERLAY_H
#define MICROVM_HOST_DISK_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/disk_calls.h"

#define DISK_OVERLAY_BLOCK_BYTES 4096u

struct disk_overlay;

/* An empty one over an image of so many bytes. *calls are those of the disk with both, for the image's descriptor; they
 * are valid until it is destroyed. NULL: err says why. */
struct disk_overlay *disk_overlay_create(uint64_t size_bytes, struct disk_calls *calls, struct error *err);
void disk_overlay_destroy(struct disk_overlay *overlay); /* NULL is accepted */

/* Which blocks are changed: bit n % 8 of byte n / 8 is block n's. */
const uint8_t *disk_overlay_map(const struct disk_overlay *overlay, size_t *bytes);

/* The next run of changed blocks, in bytes: *first is where to look from, and then where it begins; *end is at the
 * most the
 * size. False: there is none. */
bool disk_overlay_next(const struct disk_overlay *overlay, uint64_t *first, uint64_t *end);

/* Of changed blocks, up to the end of a run. */
bool disk_overlay_read(const struct disk_overlay *overlay, uint64_t offset, void *bytes, size_t count,
                       struct error *err);

/* Makes an empty overlay like another: first its map (false: it is no map of such a disk), then what is not zero in
 * the blocks. */
bool disk_overlay_load_map(struct disk_overlay *overlay, const uint8_t *map, size_t bytes, struct error *err);
bool disk_overlay_load(struct disk_overlay *overlay, uint64_t offset, const void *bytes, size_t count,
                       struct error *err);

#endif
