/* SPDX-License-Identifier: MIT */
/* Guest RAM that is mapped from a file of pages: nothing is read before it is used, and all who map the file share
 * what they
 * have not written. The file is not trusted: each page is compared with its checksum before its first use, whoever
 * uses it,
 * since nobody reaches RAM but through ram_at. Owns nothing; the file and the table belong to whoever maps them. */
#ifndef MICROVM_MMU_RAM_TEMPLATE_H
#define MICROVM_MMU_RAM_TEMPLATE_H

#include "mmu/ram.h"

struct ram_template {
    int fd;
    uint64_t offset;           /* of RAM's first page in the file, a multiple of PAGE_BYTES */
    const uint32_t *checksums; /* of each page; 0: it holds zeros */
    uint32_t (*checksum)(const uint8_t page[PAGE_BYTES]);

    /* A page is broken, and has not been given out. To be told on each attempt. */
    void *owner;
    void (*broken)(void *owner, uint64_t pa);
};

/* The template takes the place of all that RAM holds, and must outlive it. False: it cannot be mapped. */
bool ram_map_template(struct ram *ram, const struct ram_template *template, struct error *err);

/* ram_next_data of RAM that is mapped from a template: what it has pages for, and what has been in use since. */
bool ram_template_next_data(const struct ram *ram, uint64_t *first, uint64_t *end);

#endif
