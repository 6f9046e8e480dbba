/* SPDX-License-Identifier: MIT */
/* Looking for sections and reading their contents. What was checked when the file was opened is checked again as it is
 * read: somebody may have written to the file meanwhile. */
#include "snapshot/container_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

const char *container_path(const struct container *c)
{
    return c->path;
}

const uint8_t *container_digest(const struct container *c)
{
    return c->trailer.digest;
}

unsigned container_section_count(const struct container *c)
{
    return c->trailer.sections;
}

const struct container_section *container_section_at(const struct container *c, unsigned index)
{
    return &c->sections[index].public;
}

const struct container_section *container_look_for(const struct container *c, const char *name)
{
    for (unsigned i = 0; i < c->trailer.sections; i++)
        if (strcmp(c->sections[i].public.name, name) == 0)
            return &c->sections[i].public;
    return NULL;
}

const struct container_section *container_find(const struct container *c, const char *name, uint32_t version,
                                               struct error *err)
{
    const struct container_section *section = container_look_for(c, name);
    if (section == NULL) {
        error_set(err, "snapshot '%s' has no section '%s'", c->path, name);
    } else if (section->version != version) {
        error_set(err, "snapshot '%s': section '%s' has version %" PRIu32 ", this microvm reads version %" PRIu32,
                  c->path, name, section->version, version);
        section = NULL;
    }
    return section;
}

bool container_is_hole(const struct container *c, uint64_t at, uint64_t bytes)
{
    off_t data = file_next_data(c->calls, c->fd, (off_t)at);
    return data < 0 ? errno == ENXIO : (uint64_t)data >= at + bytes;
}

static bool unpack(struct container *c, const struct section *s, const struct piece *piece, size_t wanted,
                   struct error *err)
{
    enum container_compression kind = piece->row.compression;
    const struct compression *row = compression_row(kind);
    if (row == NULL)
        return error_set(err, "snapshot '%s' needs %s, and this microvm was built without it", c->path,
                         compression_name(kind));
    if (c->unpacking[kind] == NULL && (c->unpacking[kind] = row->create()) == NULL)
        return error_set(err, "snapshot '%s': out of memory", c->path);
    return row->unpack(c->unpacking[kind], c->stored, piece->row.stored, c->piece, wanted) ||
           container_damaged(c, err, "section '%s': piece %" PRIu32 " cannot be unpacked", s->public.name,
                             piece->row.number);
}

static bool wrong_checksum(struct container *c, const struct section *s, uint32_t number, struct error *err)
{
    return container_damaged(c, err, "section '%s': the checksum of piece %" PRIu32 " is wrong", s->public.name,
                             number);
}

bool container_read_piece(struct container *c, const struct section *s, const struct piece *piece,
                          struct blake2b *digest, const uint8_t **bytes, size_t *count, struct error *err)
{
    bool pages = s->row.form == CONTAINER_PAGES;
    const struct piece_row *row = &piece->row;
    *count = container_piece_bytes(pages ? container_checksums_bytes(s->row.bytes) : s->row.bytes, row->number);
    if (!container_read_at(c, c->stored, row->stored, piece->at, err))
        return false;
    if (container_checksum(c->stored, row->stored) != row->stored_checksum)
        return wrong_checksum(c, s, row->number, err);
    if (digest != NULL)
        blake2b_add(digest, c->stored, row->stored);
    *bytes = c->stored;
    if (row->compression == CONTAINER_PLAIN)
        return row->checksum == row->stored_checksum || wrong_checksum(c, s, row->number, err);
    *bytes = c->piece;
    return unpack(c, s, piece, *count, err) &&
           (container_checksum(c->piece, *count) == row->checksum || wrong_checksum(c, s, row->number, err));
}

typedef bool piece_taker(void *owner, uint64_t offset, const uint8_t *bytes, size_t count, struct error *err);

static bool each_stored_piece(struct container *c, const struct section *s, piece_taker *take, void *owner,
                              struct error *err)
{
    const uint8_t *bytes;
    size_t count;
    for (uint32_t i = 0; i < s->row.pieces; i++) {
        const struct piece *piece = &s->pieces[i];
        if (!container_read_piece(c, s, piece, NULL, &bytes, &count, err) ||
            !take(owner, (uint64_t)piece->row.number * CONTAINER_PIECE_BYTES, bytes, count, err))
            return false;
    }
    return true;
}

static bool pages_agree(const uint8_t *bytes, size_t count, const uint32_t *checksums, size_t *page)
{
    for (*page = 0; *page < count / CONTAINER_PAGE_BYTES; ++*page)
        if (container_page_checksum(bytes + *page * CONTAINER_PAGE_BYTES) != checksums[*page])
            return false;
    return true;
}

/* *count is 0 if all of the piece is zero. */
static bool read_pages(struct container *c, uint64_t offset, size_t *count, struct error *err)
{
    const uint32_t *checksums = (const uint32_t *)c->checksums + offset / CONTAINER_PAGE_BYTES;
    size_t pages = *count / CONTAINER_PAGE_BYTES, page;
    bool zero = container_all_zero((const uint8_t *)checksums, pages * sizeof *checksums);
    if (zero && container_is_hole(c, c->pages->at + offset, *count)) {
        *count = 0;
        return true;
    }
    if (!container_read_at(c, c->piece, *count, c->pages->at + offset, err))
        return false;
    if (!pages_agree(c->piece, *count, checksums, &page))
        return container_damaged(c, err, "section '%s': the checksum of page %" PRIu64 " is wrong",
                                 c->pages->public.name, offset / CONTAINER_PAGE_BYTES + page);
    if (container_all_zero(c->piece, *count))
        *count = 0;
    return true;
}

static bool each_piece_of_pages(struct container *c, piece_taker *take, void *owner, struct error *err)
{
    size_t count;
    for (uint32_t number = 0; (count = container_piece_bytes(c->pages->row.bytes, number)) != 0; number++) {
        uint64_t offset = (uint64_t)number * CONTAINER_PIECE_BYTES;
        if (!read_pages(c, offset, &count, err) || (count != 0 && !take(owner, offset, c->piece, count, err)))
            return false;
    }
    return true;
}

bool container_each_piece(struct container *c, const struct container_section *section, piece_taker *take, void *owner,
                          struct error *err)
{
    const struct section *s = CONTAINER_OF(section, struct section, public);
    if (s->row.form == CONTAINER_PAGES)
        return each_piece_of_pages(c, take, owner, err);
    return each_stored_piece(c, s, take, owner, err);
}

/* Page by page: memory that is not touched need not be there. */
static bool take_into_memory(void *owner, uint64_t offset, const uint8_t *bytes, size_t count, UNUSED struct error *err)
{
    uint8_t *memory = owner;
    for (size_t at = 0; at < count; at += CONTAINER_PAGE_BYTES) {
        size_t part = count - at < CONTAINER_PAGE_BYTES ? count - at : CONTAINER_PAGE_BYTES;
        if (!container_all_zero(bytes + at, part))
            memcpy(memory + offset + at, bytes + at, part);
    }
    return true;
}

bool container_load(struct container *c, const struct container_section *section, void *zeros, uint64_t bytes,
                    struct error *err)
{
    if (section->bytes != bytes)
        return error_set(err, "snapshot '%s': section '%s' has %" PRIu64 " bytes where %" PRIu64 " belong", c->path,
                         section->name, section->bytes, bytes);
    return container_each_piece(c, section, take_into_memory, zeros, err);
}

bool container_template(const struct container *c, struct container_template *result)
{
    if (c->pages == NULL)
        return false;
    *result = (struct container_template){.section = &c->pages->public,
                                          .fd = c->fd,
                                          .offset = c->pages->at,
                                          .bytes = c->pages->row.bytes,
                                          .checksums = c->checksums};
    return true;
}

static bool take_nothing(UNUSED void *owner, UNUSED uint64_t offset, UNUSED const uint8_t *bytes, UNUSED size_t count,
                         UNUSED struct error *err)
{
    return true;
}

bool container_check_pages(struct container *c, struct error *err)
{
    return c->pages == NULL || each_piece_of_pages(c, take_nothing, NULL, err);
}
