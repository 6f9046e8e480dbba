/* SPDX-License-Identifier: MIT */
/* Raw images, over any table of calls. */
#ifndef MICROVM_HOST_DISK_DISK_RAW_H
#define MICROVM_HOST_DISK_DISK_RAW_H

#include "host/disk/disk.h"

extern const struct disk_format disk_raw;

/* A raw image over an open file, which it takes over if it succeeds. False: out of memory. */
bool disk_raw_image(const struct disk_file *file, const struct disk_calls *calls, enum disk_cache cache,
                    struct disk_image *image, struct error *err);

#endif
