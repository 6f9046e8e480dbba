/* SPDX-License-Identifier: MIT */
/* Writing: bytes gather in a piece; full pieces go to the file as they are or smaller, and their rows wait in memory for
 * the table at the end. */
#include "snapshot/container_layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/blake2b.h"
#include "host/atomic_file.h"
#include "snapshot/compression.h"

/* Rows as they will stand in the file. */
struct rows {
    uint8_t *bytes;
    size_t used, room;
};

struct container_writer {
    struct atomic_file *file;
    struct blake2b digest;
    enum container_compression compression;
    const struct compression *row; /* NULL: none */
    void *packing;
    struct rows sections, pieces, checksums;
    struct section_row section; /* the one that is open */
    bool open, has_pages;
    uint32_t section_count, piece_count;
    size_t held;
    uint8_t piece[CONTAINER_PIECE_BYTES], packed[CONTAINER_PIECE_BYTES];
};

static bool out_of_memory(const struct container_writer *w, struct error *err)
{
    return error_set(err, "cannot save '%s': out of memory", atomic_file_path(w->file));
}

static bool misused(const struct container_writer *w, const char *name, const char *what, struct error *err)
{
    return error_set(err, "cannot save '%s': section '%s' %s", atomic_file_path(w->file), name, what);
}

/* Room for so many more bytes of rows; NULL if there is none. */
static uint8_t *more_rows(struct rows *rows, size_t count)
{
    if (rows->room - rows->used < count) {
        size_t room = rows->room + rows->room / 2 + count + 1024;
        uint8_t *bytes = realloc(rows->bytes, room);
        if (bytes == NULL)
            return NULL;
        rows->bytes = bytes;
        rows->room = room;
    }
    rows->used += count;
    return rows->bytes + rows->used - count;
}

static bool write_bytes(struct container_writer *w, const void *bytes, size_t count, struct error *err)
{
    blake2b_add(&w->digest, bytes, count);
    return atomic_file_write(w->file, bytes, count, err);
}

static bool write_part(struct container_writer *w, unsigned part, const void *object, struct error *err)
{
    uint8_t bytes[TRAILER_BYTES];
    const struct state_table *table = &container_layout[part].table;
    state_save(table, object, bytes);
    return write_bytes(w, bytes, state_saved_bytes(table, object), err);
}

static bool write_header(struct container_writer *w, struct error *err)
{
    uint8_t bytes[HEADER_BYTES];
    struct container_header header = {
        .version = CONTAINER_VERSION, .page_bytes = CONTAINER_PAGE_BYTES, .piece_bytes = CONTAINER_PIECE_BYTES};
    memcpy(header.magic, CONTAINER_MAGIC, CONTAINER_MAGIC_BYTES);
    state_save(&container_layout[LAYOUT_HEADER].table, &header, bytes);
    header.checksum = container_checksum(bytes, HEADER_BYTES - 4);
    return write_part(w, LAYOUT_HEADER, &header, err);
}

static bool open_file(struct container_writer *w, const char *path, const struct file_calls *calls, struct error *err)
{
    if (w->row != NULL && (w->packing = w->row->create()) == NULL)
        return error_set(err, "cannot save '%s': out of memory", path);
    w->file = atomic_file_open(path, calls != NULL ? calls : file_calls_host(), err);
    return w->file != NULL && write_header(w, err);
}

struct container_writer *container_writer_open(const char *path, const struct container_options *options,
                                               struct error *err)
{
    const struct compression *row = compression_row(options->compression);
    if (row == NULL && options->compression != CONTAINER_PLAIN) {
        error_set(err, "cannot save '%s': this microvm was built without %s", path,
                  compression_name(options->compression));
        return NULL;
    }
    struct container_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        error_set(err, "cannot save '%s': out of memory", path);
        return NULL;
    }
    w->compression = options->compression;
    w->row = row;
    blake2b_begin(&w->digest);
    if (open_file(w, path, options->calls, err))
        return w;
    container_abort(w);
    return NULL;
}

static bool add_piece_row(struct container_writer *w, const struct piece_row *row, struct error *err)
{
    uint8_t *bytes = more_rows(&w->pieces, PIECE_ROW_BYTES);
    if (bytes == NULL)
        return out_of_memory(w, err);
    state_save(&container_layout[LAYOUT_PIECE_ROW].table, row, bytes);
    w->section.pieces++;
    w->piece_count++;
    return true;
}

static bool write_piece(struct container_writer *w, uint32_t number, const uint8_t *piece, size_t count,
                        struct error *err)
{
    const uint8_t *stored = piece;
    struct piece_row row = {.number = number, .stored = (uint32_t)count};
    size_t packed = w->row != NULL ? w->row->pack(w->packing, piece, count, w->packed) : 0;
    if (packed != 0) {
        row.compression = w->compression;
        row.stored = (uint32_t)packed;
        stored = w->packed;
    }
    row.checksum = container_checksum(piece, count);
    row.stored_checksum = packed != 0 ? container_checksum(stored, row.stored) : row.checksum;
    return add_piece_row(w, &row, err) && write_bytes(w, stored, row.stored, err);
}

/* Each run of pages that are not zero by one call. */
static bool write_pages(struct container_writer *w, const uint8_t *piece, size_t count, struct error *err)
{
    size_t begin = 0;
    for (size_t at = 0; at < count; at += CONTAINER_PAGE_BYTES) {
        uint32_t checksum = container_page_checksum(piece + at);
        uint8_t *bytes = more_rows(&w->checksums, sizeof checksum);
        if (bytes == NULL)
            return out_of_memory(w, err);
        memcpy(bytes, &checksum, sizeof checksum);
        if (!container_all_zero(piece + at, CONTAINER_PAGE_BYTES))
            continue;
        if (begin != at && !atomic_file_write(w->file, piece + begin, at - begin, err))
            return false;
        atomic_file_skip(w->file, CONTAINER_PAGE_BYTES);
        begin = at + CONTAINER_PAGE_BYTES;
    }
    return begin == count || atomic_file_write(w->file, piece + begin, count - begin, err);
}

static bool skip_pages(struct container_writer *w, uint64_t count, struct error *err)
{
    size_t checksums = (size_t)container_checksums_bytes(count);
    uint8_t *bytes = more_rows(&w->checksums, checksums);
    if (bytes == NULL)
        return out_of_memory(w, err);
    memset(bytes, 0, checksums);
    atomic_file_skip(w->file, count);
    return true;
}

/* A piece of which w->section.bytes already counts all that comes before it. */
static bool put_piece(struct container_writer *w, const uint8_t *piece, size_t count, struct error *err)
{
    uint64_t number = w->section.bytes / CONTAINER_PIECE_BYTES;
    if (number > UINT32_MAX)
        return misused(w, (const char *)w->section.name, "is too long", err);
    w->section.bytes += count;
    if (w->section.form == CONTAINER_PAGES)
        return write_pages(w, piece, count, err);
    return container_all_zero(piece, count) || write_piece(w, (uint32_t)number, piece, count, err);
}

static bool put_held(struct container_writer *w, struct error *err)
{
    size_t count = w->held;
    w->held = 0;
    return count == 0 || put_piece(w, w->piece, count, err);
}

static bool hold(struct container_writer *w, const uint8_t *bytes, size_t count, struct error *err)
{
    if (bytes != NULL)
        memcpy(w->piece + w->held, bytes, count);
    else
        memset(w->piece + w->held, 0, count);
    w->held += count;
    return w->held < CONTAINER_PIECE_BYTES || put_held(w, err);
}

/* What completes a piece that is begun, or is less than one. */
static size_t to_hold(const struct container_writer *w, uint64_t count)
{
    size_t room = CONTAINER_PIECE_BYTES - w->held;
    if (count < room)
        return (size_t)count;
    return w->held != 0 ? room : 0;
}

bool container_append(struct container_writer *w, const void *bytes, size_t count, struct error *err)
{
    const uint8_t *from = bytes;
    while (count != 0) {
        size_t part = to_hold(w, count);
        bool ok = part != 0 ? hold(w, from, part, err) : put_piece(w, from, CONTAINER_PIECE_BYTES, err);
        if (!ok)
            return false;
        part = part != 0 ? part : CONTAINER_PIECE_BYTES;
        from += part, count -= part;
    }
    return true;
}

bool container_append_zeros(struct container_writer *w, uint64_t count, struct error *err)
{
    size_t part = to_hold(w, count);
    if (part != 0 && !hold(w, NULL, part, err))
        return false;
    uint64_t whole = align_down(count - part, CONTAINER_PIECE_BYTES);
    if (w->section.form == CONTAINER_PAGES && whole != 0 && !skip_pages(w, whole, err))
        return false;
    w->section.bytes += whole;
    part = (size_t)(count - part - whole);
    return part == 0 || hold(w, NULL, part, err);
}

static bool pad_to_page(struct container_writer *w, struct error *err)
{
    static const uint8_t zeros[CONTAINER_PAGE_BYTES];
    uint64_t at = atomic_file_position(w->file);
    return write_bytes(w, zeros, (size_t)(align_up(at, CONTAINER_PAGE_BYTES) - at), err);
}

bool container_section_begin(struct container_writer *w, const char *name, uint32_t version, enum container_form form,
                             struct error *err)
{
    struct section_row *row = &w->section;
    *row = (struct section_row){.version = version, .form = form};
    if (strlen(name) < sizeof row->name)
        memcpy(row->name, name, strlen(name));
    if (!container_name_is_legal(row->name) || w->section_count == CONTAINER_MOST_SECTIONS)
        return misused(w, name, "has no legal name, or there are too many", err);
    if (w->open || (form == CONTAINER_PAGES && w->has_pages))
        return misused(w, name, "begins at the wrong place", err);
    w->open = true;
    w->has_pages |= form == CONTAINER_PAGES;
    return form != CONTAINER_PAGES || pad_to_page(w, err);
}

/* In pieces like those of contents; those that are zero are a hole in the file. No part of the digest, but their rows are. */
static bool write_checksums(struct container_writer *w, struct error *err)
{
    for (size_t at = 0; at < w->checksums.used; at += CONTAINER_PIECE_BYTES) {
        const uint8_t *bytes = w->checksums.bytes + at;
        uint32_t number = (uint32_t)(at / CONTAINER_PIECE_BYTES);
        struct piece_row row = {.number = number, .stored = (uint32_t)container_piece_bytes(w->checksums.used, number)};
        if (container_all_zero(bytes, row.stored)) {
            atomic_file_skip(w->file, row.stored);
            continue;
        }
        row.checksum = row.stored_checksum = container_checksum(bytes, row.stored);
        if (!add_piece_row(w, &row, err) || !atomic_file_write(w->file, bytes, row.stored, err))
            return false;
    }
    return true;
}

bool container_section_end(struct container_writer *w, struct error *err)
{
    uint64_t bytes = w->section.bytes + w->held;
    if (w->section.form == CONTAINER_PAGES && !is_aligned(bytes, CONTAINER_PAGE_BYTES))
        return misused(w, (const char *)w->section.name, "is no multiple of a page", err);
    if (!put_held(w, err) || (w->section.form == CONTAINER_PAGES && !write_checksums(w, err)))
        return false;
    uint8_t *row = more_rows(&w->sections, SECTION_ROW_BYTES);
    if (row == NULL)
        return out_of_memory(w, err);
    state_save(&container_layout[LAYOUT_SECTION_ROW].table, &w->section, row);
    w->section_count++;
    w->open = false;
    return true;
}

bool container_section(struct container_writer *w, const char *name, uint32_t version, const void *bytes, size_t count,
                       struct error *err)
{
    return container_section_begin(w, name, version, CONTAINER_CHUNKS, err) && container_append(w, bytes, count, err) &&
           container_section_end(w, err);
}

static bool write_tables(struct container_writer *w, struct container_trailer *trailer, struct error *err)
{
    if (!write_bytes(w, w->sections.bytes, w->sections.used, err) ||
        !write_bytes(w, w->pieces.bytes, w->pieces.used, err))
        return false;
    uint32_t checksum = container_checksum(w->sections.bytes, w->sections.used);
    trailer->table_checksum = container_checksum_more(checksum, w->pieces.bytes, w->pieces.used);
    return true;
}

static bool write_trailer(struct container_writer *w, struct error *err)
{
    uint8_t bytes[TRAILER_BYTES];
    struct container_trailer trailer = {.sections = w->section_count, .pieces = w->piece_count};
    if (!write_tables(w, &trailer, err))
        return false;
    trailer.file_bytes = atomic_file_position(w->file) + TRAILER_BYTES;
    state_save(&container_layout[LAYOUT_TRAILER].table, &trailer, bytes);
    trailer.checksum = container_checksum(bytes, TRAILER_BYTES - CONTAINER_DIGEST_BYTES - 4);
    state_save(&container_layout[LAYOUT_TRAILER].table, &trailer, bytes);
    blake2b_add(&w->digest, bytes, TRAILER_BYTES - CONTAINER_DIGEST_BYTES);
    blake2b_end(&w->digest, bytes + TRAILER_BYTES - CONTAINER_DIGEST_BYTES);
    return atomic_file_write(w->file, bytes, TRAILER_BYTES, err);
}

bool container_commit(struct container_writer *w, struct error *err)
{
    bool ok = !w->open ? write_trailer(w, err) : misused(w, (const char *)w->section.name, "has no end", err);
    if (ok) {
        struct atomic_file *file = w->file;
        w->file = NULL;
        ok = atomic_file_commit(file, err);
    }
    container_abort(w);
    return ok;
}

void container_abort(struct container_writer *w)
{
    if (w == NULL)
        return;
    atomic_file_abort(w->file);
    if (w->row != NULL)
        w->row->destroy(w->packing);
    free(w->sections.bytes);
    free(w->pieces.bytes);
    free(w->checksums.bytes);
    free(w);
}
