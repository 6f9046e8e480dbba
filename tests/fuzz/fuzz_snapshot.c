/* SPDX-License-Identifier: MIT */
/* Snapshot files: each input is opened as it is, and once more with all of its checksums put right, so that what lies behind
 * them is reached. Whatever is accepted can be read to its end; whatever is refused is refused in one line. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/blake2b.h"
#include "fuzz.h"
#include "snapshot/compression.h"
#include "snapshot/container_layout.h"

#define MOST_LOADED (4u << 20)

static void expect_line(const struct error *err)
{
    EXPECT(err->text[0] != '\0' && strchr(err->text, '\n') == NULL && strstr(err->text, "'fuzz'") != NULL);
}

static bool take(void *owner, uint64_t offset, const uint8_t *bytes, size_t count, struct error *err)
{
    const struct container_section *section = owner;
    volatile uint8_t sum = 0;
    (void)err;
    EXPECT(offset % CONTAINER_PIECE_BYTES == 0 && count != 0 && range_fits(offset, count, section->bytes));
    for (size_t i = 0; i < count; i++)
        sum += bytes[i];
    return true;
}

static void read_section(struct container *container, const struct container_section *section)
{
    struct error err = {""};
    bool pages = section->form == CONTAINER_PAGES;
    bool ok = container_each_piece(container, section, take, (void *)(uintptr_t)section, &err);
    EXPECT(ok || pages); /* all else was checked already */
    if (!ok)
        expect_line(&err);
    if (section->bytes > MOST_LOADED)
        return;
    uint8_t *memory = calloc(1, (size_t)section->bytes + 1);
    EXPECT(memory != NULL);
    EXPECT(container_load(container, section, memory, section->bytes, &err) == ok);
    free(memory);
}

static void read_all(struct container *container)
{
    struct container_template template;
    struct error err = {""};
    for (unsigned i = 0; i < container_section_count(container); i++) {
        const struct container_section *section = container_section_at(container, i);
        EXPECT(container_find(container, section->name, section->version, &err) == section);
        read_section(container, section);
    }
    if (!container_template(container, &template))
        return;
    volatile uint32_t sum = 0;
    for (uint64_t i = 0; i < template.bytes / CONTAINER_PAGE_BYTES; i++)
        sum += template.checksums[i];
    EXPECT(template.offset % CONTAINER_PAGE_BYTES == 0);
}

static bool open_and_read(const uint8_t *data, size_t size)
{
    struct error err = {""};
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    EXPECT(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    struct container *container = container_open_fd(fd, "fuzz", file_calls_host(), &err);
    if (container == NULL)
        expect_line(&err);
    else
        read_all(container);
    container_close(container);
    return container != NULL;
}

/* A file whose checksums are put right, as far as it has what they are of. */
struct repair {
    uint8_t *data;
    size_t size, at; /* at: behind the contents that were gone through */
    struct blake2b digest;
    uint8_t piece[CONTAINER_PIECE_BYTES];
};

static uint32_t unpacked_checksum(struct repair *r, const struct piece_row *row, size_t wanted)
{
    const struct compression *way = compression_row(row->compression);
    void *state = way != NULL ? way->create() : NULL;
    bool ok = state != NULL && way->unpack(state, r->data + r->at, row->stored, r->piece, wanted);
    if (state != NULL)
        way->destroy(state);
    return ok ? container_checksum(r->piece, wanted) : row->checksum;
}

/* Of pages the pieces are those of their checksums, which are no part of the digest. */
static void repair_piece(struct repair *r, uint8_t *bytes, const struct section_row *section, size_t begin)
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

static void repair_section(struct repair *r, const struct section_row *row, uint8_t **pieces, size_t *left)
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

static void repair_header(struct repair *r)
{
    struct container_header header;
    container_load_row(LAYOUT_HEADER, &header, r->data);
    header.checksum = container_checksum(r->data, HEADER_BYTES - 4);
    state_save(&container_layout[LAYOUT_HEADER].table, &header, r->data);
    blake2b_add(&r->digest, r->data, HEADER_BYTES);
    r->at = HEADER_BYTES;
}

static void repair_trailer(struct repair *r, struct container_trailer *trailer, uint8_t *table, size_t bytes)
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

static bool repair(struct repair *r)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repair *r = malloc(sizeof *r);
    uint8_t *copy = malloc(size + 1);
    EXPECT(r != NULL && copy != NULL);
    if (size != 0)
        memcpy(copy, data, size);
    *r = (struct repair){.data = copy, .size = size};
    bool whole = open_and_read(data, size);
    bool repaired = repair(r) && open_and_read(copy, size);
    EXPECT(repaired || !whole); /* the repair changes nothing that is right */
    free(copy);
    free(r);
    return 0;
}
