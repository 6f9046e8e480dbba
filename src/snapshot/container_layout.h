/* SPDX-License-Identifier: MIT */
/* The parts of a snapshot file, as tables: they are written and checked by them, and docs/snapshot-format.md is made from
 * them. A file is a header, the sections' contents one after the other, a table of sections and their pieces, a trailer;
 * nothing says where something is, all follows from what comes before it. */
#ifndef MICROVM_SNAPSHOT_CONTAINER_LAYOUT_H
#define MICROVM_SNAPSHOT_CONTAINER_LAYOUT_H

#include <stdint.h>

#include "bus/state.h"
#include "snapshot/container.h"

#define CONTAINER_MAGIC "\x89mvsnap\n"
#define CONTAINER_MAGIC_BYTES 8
#define CONTAINER_MOST_SECTIONS 1024u

/* As saved, bytes. */
#define HEADER_BYTES 24u
#define SECTION_ROW_BYTES 44u
#define PIECE_ROW_BYTES 20u
#define TRAILER_BYTES 56u

struct container_header {
    uint8_t magic[CONTAINER_MAGIC_BYTES];
    uint32_t version;
    uint32_t page_bytes;
    uint32_t piece_bytes;
    uint32_t checksum;
};

struct section_row {
    uint8_t name[CONTAINER_NAME_BYTES];
    uint64_t bytes;
    uint32_t version;
    uint32_t form;
    uint32_t pieces;
};

struct piece_row {
    uint32_t number;
    uint32_t compression;
    uint32_t stored;
    uint32_t stored_checksum;
    uint32_t checksum;
};

struct container_trailer {
    uint64_t file_bytes;
    uint32_t sections;
    uint32_t pieces;
    uint32_t table_checksum;
    uint32_t checksum;
    uint8_t digest[CONTAINER_DIGEST_BYTES];
};

/* One of the four: its name in the documentation, and its rows. */
struct layout_part {
    const char *name, *where;
    struct state_table table;
};
enum { LAYOUT_HEADER, LAYOUT_SECTION_ROW, LAYOUT_PIECE_ROW, LAYOUT_TRAILER, LAYOUT_PARTS };
extern const struct layout_part container_layout[LAYOUT_PARTS];

/* Takes a row of the file: object is the part's struct. Returns the name of a number that is not legal, or NULL. */
const char *container_load_row(unsigned part, void *object, const uint8_t *bytes);

/* CRC-32 as in zlib, gzip and PNG. */
uint32_t container_checksum(const void *bytes, size_t count);
uint32_t container_checksum_more(uint32_t checksum, const void *bytes, size_t count);

bool container_name_is_legal(const uint8_t name[CONTAINER_NAME_BYTES]);

/* The contents of piece number of a sequence of bytes: at most CONTAINER_PIECE_BYTES. */
size_t container_piece_bytes(uint64_t bytes, uint32_t number);

/* How many bytes of checksums a mapped section of so many bytes has. */
uint64_t container_checksums_bytes(uint64_t bytes);

bool container_all_zero(const uint8_t *bytes, size_t count);

#endif
