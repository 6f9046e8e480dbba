/* SPDX-License-Identifier: MIT */
/* A file that is read, as its own parts see it: opening (container.c), checking it whole (container_check.c), reading
 * pieces (container_read.c). */
#ifndef MICROVM_SNAPSHOT_CONTAINER_IMPL_H
#define MICROVM_SNAPSHOT_CONTAINER_IMPL_H

#include "base/blake2b.h"
#include "snapshot/compression.h"
#include "snapshot/container_layout.h"

struct piece {
    uint64_t at; /* in the file */
    struct piece_row row;
};

struct section {
    struct container_section public; /* name is that of row */
    struct section_row row;
    struct piece *pieces;  /* row.pieces of them: of the contents, or of the pages' checksums */
    uint64_t at;           /* in the file; for pages, behind the padding */
    uint64_t checksums_at; /* of pages */
};

struct container {
    const struct file_calls *calls;
    int fd;
    char *path;
    uint64_t bytes;
    uint8_t header[HEADER_BYTES], trailer_bytes[TRAILER_BYTES];
    struct container_trailer trailer;
    uint8_t *table; /* as in the file; only while it is opened */
    uint64_t table_at;
    struct section *sections;
    struct piece *pieces;
    const struct section *pages; /* the section that may be mapped, or NULL */
    void *checksums;             /* of its pages, mapped; NULL if there are none */
    void *unpacking[CONTAINER_COMPRESSIONS];
    uint8_t stored[CONTAINER_PIECE_BYTES], piece[CONTAINER_PIECE_BYTES];
};

/* "'F' is damaged: " and what; false. */
bool container_damaged(const struct container *c, struct error *err, const char *format, ...) PRINTF_FORMAT(3, 4);

bool container_read_at(struct container *c, void *bytes, size_t count, uint64_t at, struct error *err);

/* Everything from the header to the digest but mapped pages. */
bool container_check(struct container *c, struct error *err);

/* Reads a piece and unpacks it; *bytes and *count tell its contents, valid until the next. digest, if not NULL, gets what
 * is stored. */
bool container_read_piece(struct container *c, const struct section *section, const struct piece *piece,
                          struct blake2b *digest, const uint8_t **bytes, size_t *count, struct error *err);

/* Whether the file certainly has nothing but zeros there, because there is no room taken for it. */
bool container_is_hole(const struct container *c, uint64_t at, uint64_t bytes);

#endif
