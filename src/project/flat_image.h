/* SPDX-License-Identifier: MIT */
/* A linked ELF file as the bytes that a boot loader copies to one address: what `objcopy -O binary` makes. */
#ifndef MICROVM_PROJECT_FLAT_IMAGE_H
#define MICROVM_PROJECT_FLAT_IMAGE_H

#include "project/elf_view.h"

/* More would hardly be what anybody wants: sections that lie far apart. */
#define FLAT_IMAGE_MAX ((uint64_t)256 << 20)

struct flat_image {
    uint64_t address; /* physical: where its first byte goes */
    uint64_t size;
    uint8_t *bytes; /* malloc'd */
};

/* All sections that the file holds bytes of and that are for memory, by physical address; zeros between them. False, with a
 * message that begins with a verb: there are none, or they lie too far apart. */
bool flat_image_make(struct flat_image *image, const struct elf_view *elf, struct error *err);

void flat_image_destroy(struct flat_image *image);

#endif
