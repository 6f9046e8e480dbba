/* SPDX-License-Identifier: MIT */
/* Puts all checksums of a snapshot file right, so that what a hostile file says otherwise is looked at. */
#ifndef MICROVM_TESTS_FUZZ_SNAPSHOT_REPAIR_H
#define MICROVM_TESTS_FUZZ_SNAPSHOT_REPAIR_H

#include <stdlib.h>

#include "base/bits.h"
#include "base/blake2b.h"
#include "snapshot/compression.h"
#include "snapshot/container_layout.h"

/* A file whose checksums are put right, as far as it has what they are of. */
struct repair {
    uint8_t *data;
    size_t size, at; /* at: behind the contents that were gone through */
    struct blake2b digest;
    uint8_t piece[CONTAINER_PIECE_BYTES];
};

static inline uint32_t unpacked_checksum(struct repair *r, const struct piece_row *row, size_t wanted)
{
    const struct compression *way = compression_row(row->compression);
    void *state = way != NULL ? way->create() : NULL;
    bool ok = state != NULL && way->unpack(state, r->data + r->at, row->stored, r->piece, wanted);
    if (state != NULL)
        way->destroy(state);
    return ok ? container_checksum(r->piece, wanted) : row->checksum;
}

/* Of pages the pieces are those of their checksums, which are no part of the digest. */
static inline void repair_piece(struct repair *r, uint8_t *bytes, const struct section_row *section, size_t begin)
{
    struct piece_row row = {0};
    bool pages = section->form == CONTAINER_PAGES;
    bool legal = container_load_row(LAYOUT_PIECE_ROW, &row, bytes) == NULL;
    if (pages)
        r->at = begin + (size_t)row.number * CONTAINER_PIECE_BYTES;
    if (!legal || !range_fits(r->at, row.stored, r->size))
        return;
    size_t wanted = container_piece_bytes(section->bytes, row.number);
    row.stored_checksum = container_checksum(r->data + r->at, row.stored);
    row.checksum = row.compression == CONTAINER_PLAIN ? row.stored_checksum : unpacked_checksum(r, &row, wanted);
    state_save(&container_layout[LAYOUT_PIECE_ROW].table, &row, bytes);
    if (!pages)
        blake2b_add(&r->digest, r->data + r->at, row.stored);
    r->at += row.stored;
}

static inline void repair_section(struct repair *r, const struct section_row *row, uint8_t **pieces, size_t *left)
{
    size_t checksums = 0, padded = align_up(r->at, CONTAINER_PAGE_BYTES);
    bool pages = row->form == CONTAINER_PAGES && row->bytes < r->size && padded < r->size;
    if (pages) {
        blake2b_add(&r->digest, r->data + r->at, padded - r->at);
        checksums = padded + (size_t)row->bytes;
    }
    for (uint32_t i = 0; i < row->pieces && *left != 0; i++, --*left, *pieces += PIECE_ROW_BYTES)
        repair_piece(r, *pieces, row, checksums);
    if (pages)
        r->at = checksums + (size_t)container_checksums_bytes(row->bytes);
}

static inline void repair_header(struct repair *r)
{
    struct container_header header;
    container_load_row(LAYOUT_HEADER, &header, r->data);
    header.checksum = container_checksum(r->data, HEADER_BYTES - 4);
    state_save(&container_layout[LAYOUT_HEADER].table, &header, r->data);
    blake2b_add(&r->digest, r->data, HEADER_BYTES);
    r->at = HEADER_BYTES;
}

static inline void repair_trailer(struct repair *r, struct container_trailer *trailer, uint8_t *table, size_t bytes)
{
    const struct state_table *rows = &container_layout[LAYOUT_TRAILER].table;
    uint8_t *at = r->data + r->size - TRAILER_BYTES;
    trailer->file_bytes = r->size;
    trailer->table_checksum = container_checksum(table, bytes);
    state_save(rows, trailer, at);
    trailer->checksum = container_checksum(at, TRAILER_BYTES - CONTAINER_DIGEST_BYTES - 4);
    blake2b_add(&r->digest, table, bytes);
    state_save(rows, trailer, at);
    blake2b_add(&r->digest, at, TRAILER_BYTES - CONTAINER_DIGEST_BYTES);
    blake2b_end(&r->digest, at + TRAILER_BYTES - CONTAINER_DIGEST_BYTES);
}

static inline bool repair_file(struct repair *r)
{
    struct container_trailer trailer;
    if (r->size < HEADER_BYTES + TRAILER_BYTES)
        return false;
    if (container_load_row(LAYOUT_TRAILER, &trailer, r->data + r->size - TRAILER_BYTES) != NULL)
        return false;
    uint64_t sections = (uint64_t)trailer.sections * SECTION_ROW_BYTES;
    uint64_t bytes = sections + (uint64_t)trailer.pieces * PIECE_ROW_BYTES;
    if (bytes > r->size - HEADER_BYTES - TRAILER_BYTES)
        return false;
    blake2b_begin(&r->digest);
    repair_header(r);
    uint8_t *table = r->data + r->size - TRAILER_BYTES - bytes, *pieces = table + sections;
    size_t left = trailer.pieces;
    for (uint32_t i = 0; i < trailer.sections && r->at <= r->size; i++) {
        struct section_row row = {.bytes = 0};
        container_load_row(LAYOUT_SECTION_ROW, &row, table + (size_t)i * SECTION_ROW_BYTES);
        repair_section(r, &row, &pieces, &left);
    }
    repair_trailer(r, &trailer, table, (size_t)bytes);
    return true;
}

/* False: it has not even tables. */
static inline bool snapshot_repair(uint8_t *data, size_t size)
{
    struct repair *r = malloc(sizeof *r);
    if (r == NULL)
        return false;
    *r = (struct repair){.data = data, .size = size};
    bool ok = repair_file(r);
    free(r);
    return ok;
}

#endif
