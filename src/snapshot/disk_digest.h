/* SPDX-License-Identifier: MIT */
/* What a disk image is known by: a digest of all that it holds. Zeros and holes are the same, and cost little. */
#ifndef MICROVM_SNAPSHOT_DISK_DIGEST_H
#define MICROVM_SNAPSHOT_DISK_DIGEST_H

#include <stdbool.h>

#include "base/blake2b.h"
#include "base/error.h"
#include "host/disk/disk_format.h"

/* BLAKE2b-256 of, for each piece of 64 KiB that is not all zero, in ascending order: its offset as a little-endian
 * 64-bit number,
 * then its bytes (the last piece may be shorter). False: the image cannot be read; name is for the message. */
bool disk_digest(const struct disk_image *image, const char *name, uint8_t digest[BLAKE2B_BYTES], struct error *err);

#endif
