/* SPDX-License-Identifier: MIT */
/* Disk images of all formats: which there are, and which one a disk has. Owns nothing. */
#ifndef MICROVM_HOST_DISK_DISK_IMAGE_H
#define MICROVM_HOST_DISK_DISK_IMAGE_H

#include "host/disk/disk.h"

/* The format of that name, as ',format=' has it. NULL: there is none. */
const struct disk_format *disk_format_named(const char *name);

/* Opens what options name, as the format that they name, or as a raw image; changes nothing. */
bool disk_image_open(const struct disk_options *options, struct disk_image *image, struct error *err);

/* Whether it is a server's disk (host/disk/disk_nbd.h) that has this name. */
bool disk_image_is_served(const char *path);

/* As its format's read_at_hand; EAGAIN if that has none. */
int disk_image_read_at_hand(const struct disk_image *image, void *bytes, size_t count, uint64_t offset);

/* Closes what was never given to a disk. Accepts one without a format. */
void disk_image_close(struct disk_image *image);

#endif
