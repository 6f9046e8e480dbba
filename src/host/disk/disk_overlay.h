/* SPDX-License-Identifier: MIT */
/* A disk whose image is never written: what the guest changes goes to a nameless file beside it, in whole blocks, and is
 * read from there. Stands as an image over another one, of any format; owns that one, the nameless file and the note of
 * which blocks are in it.
 *
 * The image is for the disk's thread. All else is for whoever knows that this thread has nothing to do. */
#ifndef MICROVM_HOST_DISK_DISK_OVERLAY_H
#define MICROVM_HOST_DISK_DISK_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/disk/disk_format.h"

#define DISK_OVERLAY_BLOCK_BYTES 4096u

struct disk_overlay;

/* An empty one over an image, which it takes over: *image is then the one with both, valid until the overlay is destroyed. NULL:
 * err says why, and nothing is changed. An image without a format, as in a replay, stays so. */
struct disk_overlay *disk_overlay_create(struct disk_image *image, struct error *err);
void disk_overlay_destroy(struct disk_overlay *overlay); /* NULL is accepted */

/* The image as it was. */
const struct disk_image *disk_overlay_under(const struct disk_overlay *overlay);

/* Which blocks are changed: bit n % 8 of byte n / 8 is block n's. */
const uint8_t *disk_overlay_map(const struct disk_overlay *overlay, size_t *bytes);

/* The next run of changed blocks, in bytes: *first is where to look from, and then where it begins; *end is at most the size.
 * False: there is none. */
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
