/* SPDX-License-Identifier: MIT */
/* Free places in guest RAM for what may lie anywhere: the initrd and the device tree. */
#ifndef MICROVM_MACHINE_BOOT_PLACE_H
#define MICROVM_MACHINE_BOOT_PLACE_H

#include <stdbool.h>

#include "machine/boot.h"
#include "machine/boot_image.h"

/* Kernel, firmware, and a few more. */
#define BOOT_MAX_TAKEN (2 * BOOT_MAX_SEGMENTS + 8)

struct boot_space {
    uint64_t base, end; /* what may be given away */
    unsigned count;
    struct boot_range taken[BOOT_MAX_TAKEN];
};

/* Ranges of size 0, and those beyond BOOT_MAX_TAKEN, are ignored. */
void boot_space_take(struct boot_space *space, uint64_t base, uint64_t size);
void boot_space_take_image(struct boot_space *space, const struct boot_image *image);

/* Finds the highest free page-aligned place, and takes it. False: there is none. */
bool boot_space_place(struct boot_space *space, uint64_t size, uint64_t *base);

/* The segments of two images that lie on each other; false: none. */
bool boot_images_overlap(const struct boot_image *a, const struct boot_image *b, const struct boot_segment **in_a,
                         const struct boot_segment **in_b);

#endif
