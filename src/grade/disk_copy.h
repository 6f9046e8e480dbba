/* SPDX-License-Identifier: MIT */
/* Copies of the disks that a test may write to: each run begins with the image as it was, and leaves it so. Owns the copies,
 * which have no name and are gone with the process. */
#ifndef MICROVM_GRADE_DISK_COPY_H
#define MICROVM_GRADE_DISK_COPY_H

#include "base/error.h"
#include "machine/config.h"

struct disk_copies {
    int fds[MACHINE_MAX_DISKS];
    char *options[MACHINE_MAX_DISKS]; /* what takes the place of config->disks[n]; NULL: that one is only read */
    unsigned count;
};

/* Has config name copies instead of the writable disks. False: err names the image that cannot be copied. */
bool disk_copies_make(struct disk_copies *copies, struct machine_config *config, struct error *err);
void disk_copies_remove(struct disk_copies *copies);

#endif
