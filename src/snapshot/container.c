/* SPDX-License-Identifier: MIT */
/* Opening: from the header, the trailer and the tables follows where everything is. Numbers are taken as if an enemy had
 * chosen them: nothing is allocated that the file has not as many bytes for. */
#include "snapshot/container.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "snapshot/container_impl.h"

bool container_damaged(const struct container *c, struct error *err, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(err, "snapshot '%s' is damaged: %s", c->path, text);
}

static bool out_of_memory(const struct container *c, struct error *err)
{
    return error_set(err, "snapshot '%s': out of memory", c->path);
}

bool container_read_at(struct container *c, void *bytes, size_t count, uint64_t at, struct error *err)
{
    return file_read_all(c->calls, c->fd, bytes, count, at) ||
           error_set(err, "cannot read snapshot '%s': %s", c->path, strerror(errno));
}

static bool read_size(struct container *c, struct error *err)
{
    struct stat status;
    if (file_status(c->calls, c->fd, &status) != 0)
        return error_set(err, "cannot read snapshot '%s': %s", c->path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(err, "snapshot '%s' is no regular file", c->path);
    c->bytes = (uint64_t)status.st_size;
    return true;
}

static bool read_header(struct container *c, struct error *err)
{
    struct container_header header;
    if (c->bytes < CONTAINER_MAGIC_BYTES)
        return error_set(err, "'%s' is no snapshot: it has only %" PRIu64 " bytes", c->path, c->bytes);
    if (!container_read_at(c, c->header, CONTAINER_MAGIC_BYTES, 0, err))
        return false;
    if (memcmp(c->header, CONTAINER_MAGIC, CONTAINER_MAGIC_BYTES) != 0)
        return error_set(err, "'%s' is no snapshot: it does not begin like one", c->path);
    if (c->bytes < HEADER_BYTES + TRAILER_BYTES)
        return container_damaged(c, err, "it ends after %" PRIu64 " bytes", c->bytes);
    if (!container_read_at(c, c->header, HEADER_BYTES, 0, err))
        return false;
    container_load_row(LAYOUT_HEADER, &header, c->header);
    if (header.checksum != container_checksum(c->header, HEADER_BYTES - 4))
        return container_damaged(c, err, "the header's checksum is wrong");
    if (header.version != CONTAINER_VERSION)
        return error_set(err, "snapshot '%s' has format version %" PRIu32 ", this microvm reads version %d", c->path,
                         header.version, CONTAINER_VERSION);
    return (header.page_bytes == CONTAINER_PAGE_BYTES && header.piece_bytes == CONTAINER_PIECE_BYTES) ||
           error_set(err, "snapshot '%s' has pages of %" PRIu32 " and pieces of %" PRIu32 " bytes, not %u and %u",
                     c->path, header.page_bytes, header.piece_bytes, CONTAINER_PAGE_BYTES, CONTAINER_PIECE_BYTES);
}

static bool read_trailer(struct container *c, struct error *err)
{
    const struct container_trailer *t = &c->trailer;
    unsigned before = TRAILER_BYTES - CONTAINER_DIGEST_BYTES;
    if (!container_read_at(c, c->trailer_bytes, TRAILER_BYTES, c->bytes - TRAILER_BYTES, err))
        return false;
    uint32_t checksum = container_checksum(c->trailer_bytes, before - 4);
    if (container_load_row(LAYOUT_TRAILER, &c->trailer, c->trailer_bytes) != NULL || t->checksum != checksum)
        return container_damaged(c, err, "its end is missing, or the trailer's checksum is wrong");
    if (t->file_bytes != c->bytes)
        return container_damaged(c, err, "it has %" PRIu64 " bytes where %" PRIu64 " belong", c->bytes, t->file_bytes);
    uint64_t table = (uint64_t)t->sections * SECTION_ROW_BYTES + (uint64_t)t->pieces * PIECE_ROW_BYTES;
    if (table > c->bytes - HEADER_BYTES - TRAILER_BYTES)
        return container_damaged(c, err, "its tables are longer than the file");
    c->table_at = c->bytes - TRAILER_BYTES - table;
    return true;
}

static bool read_table(struct container *c, struct error *err)
{
    size_t bytes = (size_t)(c->bytes - TRAILER_BYTES - c->table_at);
    c->table = malloc(bytes + 1);
    c->sections = calloc(c->trailer.sections + 1, sizeof *c->sections);
    c->pieces = calloc((size_t)c->trailer.pieces + 1, sizeof *c->pieces);
    if (c->table == NULL || c->sections == NULL || c->pieces == NULL)
        return out_of_memory(c, err);
    if (!container_read_at(c, c->table, bytes, c->table_at, err))
        return false;
    return container_checksum(c->table, bytes) == c->trailer.table_checksum ||
           container_damaged(c, err, "the checksum of its tables is wrong");
}

static bool name_is_new(const struct container *c, const struct section *section)
{
    for (const struct section *s = c->sections; s < section; s++)
        if (strcmp((const char *)s->row.name, (const char *)section->row.name) == 0)
            return false;
    return true;
}

static bool load_section(struct container *c, unsigned index, struct error *err)
{
    struct section *s = &c->sections[index];
    const char *wrong = container_load_row(LAYOUT_SECTION_ROW, &s->row, c->table + (size_t)index * SECTION_ROW_BYTES);
    if (wrong != NULL)
        return container_damaged(c, err, "section %u: its '%s' is not legal", index, wrong);
    if (!container_name_is_legal(s->row.name) || !name_is_new(c, s))
        return container_damaged(c, err, "section %u has no name of its own", index);
    s->public = (struct container_section){
        .name = (const char *)s->row.name, .version = s->row.version, .form = s->row.form, .bytes = s->row.bytes};
    return true;
}

static bool load_piece(struct container *c, const struct section *s, uint32_t index, struct error *err)
{
    struct piece_row *row = &s->pieces[index].row;
    const uint8_t *rows = c->table + (size_t)c->trailer.sections * SECTION_ROW_BYTES;
    size_t at = (size_t)(s->pieces - c->pieces + index) * PIECE_ROW_BYTES;
    const char *wrong = container_load_row(LAYOUT_PIECE_ROW, row, rows + at);
    if (wrong != NULL)
        return container_damaged(c, err, "section '%s', row %" PRIu32 " of its pieces: '%s' is not legal",
                                 s->public.name, index, wrong);
    bool pages = s->row.form == CONTAINER_PAGES;
    size_t bytes = container_piece_bytes(pages ? container_checksums_bytes(s->row.bytes) : s->row.bytes, row->number);
    bool whole = row->compression == CONTAINER_PLAIN ? row->stored == bytes : row->stored < bytes && !pages;
    bool ascends = index == 0 || row->number > s->pieces[index - 1].row.number;
    return (ascends && whole && row->stored != 0) ||
           container_damaged(c, err, "section '%s': row %" PRIu32 " of its pieces does not fit", s->public.name, index);
}

static bool load_pieces(struct container *c, struct section *s, uint32_t *used, struct error *err)
{
    if (s->row.pieces > c->trailer.pieces - *used)
        return container_damaged(c, err, "section '%s' has more pieces than there are", s->public.name);
    s->pieces = c->pieces + *used;
    *used += s->row.pieces;
    for (uint32_t i = 0; i < s->row.pieces; i++)
        if (!load_piece(c, s, i, err))
            return false;
    return true;
}

static bool load_rows(struct container *c, struct error *err)
{
    uint32_t used = 0;
    for (unsigned i = 0; i < c->trailer.sections; i++)
        if (!load_section(c, i, err) || !load_pieces(c, &c->sections[i], &used, err))
            return false;
    return used == c->trailer.pieces || container_damaged(c, err, "it has more pieces than its sections");
}

/* Where the pages, and behind them their checksums, lie. */
static bool place_pages(struct container *c, struct section *s, uint64_t *at, struct error *err)
{
    if (c->pages != NULL || !is_aligned(s->row.bytes, CONTAINER_PAGE_BYTES) || s->row.bytes > c->bytes)
        return container_damaged(c, err, "section '%s' cannot be mapped", s->public.name);
    c->pages = s;
    s->at = align_up(*at, CONTAINER_PAGE_BYTES);
    s->checksums_at = s->at + s->row.bytes;
    s->public.stored = s->row.bytes + container_checksums_bytes(s->row.bytes);
    *at = s->at + s->public.stored;
    for (uint32_t i = 0; i < s->row.pieces; i++)
        s->pieces[i].at = s->checksums_at + (uint64_t)s->pieces[i].row.number * CONTAINER_PIECE_BYTES;
    return true;
}

static void place_pieces(struct section *s, uint64_t *at)
{
    s->at = *at;
    for (uint32_t i = 0; i < s->row.pieces; i++) {
        s->pieces[i].at = *at;
        *at += s->pieces[i].row.stored;
    }
    s->public.stored = *at - s->at;
}

/* No sum overflows: a piece is at most 2^18 bytes, there are at most 2^32, and at most one section has pages. */
static bool place_sections(struct container *c, struct error *err)
{
    uint64_t at = HEADER_BYTES;
    for (unsigned i = 0; i < c->trailer.sections; i++) {
        struct section *s = &c->sections[i];
        if (s->row.form == CONTAINER_CHUNKS)
            place_pieces(s, &at);
        else if (!place_pages(c, s, &at, err))
            return false;
    }
    return at == c->table_at || container_damaged(c, err, "its sections do not fill it");
}

static bool map_checksums(struct container *c, struct error *err)
{
    if (c->pages == NULL || c->pages->row.bytes == 0)
        return true;
    size_t bytes = (size_t)container_checksums_bytes(c->pages->row.bytes);
    void *mapped = mmap(NULL, bytes, PROT_READ, MAP_SHARED, c->fd, (off_t)c->pages->checksums_at);
    if (mapped == MAP_FAILED)
        return error_set(err, "cannot map snapshot '%s': %s", c->path, strerror(errno));
    c->checksums = mapped;
    return true;
}

static bool open_whole(struct container *c, struct error *err)
{
    return read_size(c, err) && read_header(c, err) && read_trailer(c, err) && read_table(c, err) &&
           load_rows(c, err) && place_sections(c, err) && container_check(c, err) && map_checksums(c, err);
}

struct container *container_open_fd(int fd, const char *name, const struct file_calls *calls, struct error *err)
{
    struct container *c = calloc(1, sizeof *c);
    char *path = strdup(name);
    if (c == NULL || path == NULL) {
        error_set(err, "snapshot '%s': out of memory", name);
        calls->close(calls->owner, fd);
        free(c);
        free(path);
        return NULL;
    }
    c->calls = calls;
    c->fd = fd;
    c->path = path;
    bool ok = open_whole(c, err);
    free(c->table);
    c->table = NULL;
    if (ok)
        return c;
    container_close(c);
    return NULL;
}

struct container *container_open(const char *path, struct error *err)
{
    const struct file_calls *calls = file_calls_host();
    int fd = file_open_at(calls, AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd >= 0)
        return container_open_fd(fd, path, calls, err);
    error_set(err, "cannot open snapshot '%s': %s", path, strerror(errno));
    return NULL;
}

void container_close(struct container *c)
{
    if (c == NULL)
        return;
    if (c->checksums != NULL)
        munmap(c->checksums, (size_t)container_checksums_bytes(c->pages->row.bytes));
    for (unsigned i = 0; i < CONTAINER_COMPRESSIONS; i++)
        if (c->unpacking[i] != NULL)
            compression_row(i)->destroy(c->unpacking[i]);
    c->calls->close(c->calls->owner, c->fd);
    free(c->path);
    free(c->table);
    free(c->sections);
    free(c->pieces);
    free(c);
}
