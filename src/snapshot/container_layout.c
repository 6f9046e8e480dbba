/* SPDX-License-Identifier: MIT */
#include "snapshot/container_layout.h"

#include <string.h>
#include <zlib.h>

static const struct state_field header_fields[] = {
    STATE_BYTES(struct container_header, magic, "`89 6d 76 73 6e 61 70 0a`"),
    STATE(struct container_header, version, STATE_ANY, "of the layout; this part of it is the same in all versions"),
    STATE(struct container_header, page_bytes, STATE_ANY, "4096"),
    STATE(struct container_header, piece_bytes, STATE_ANY, "262144"),
    STATE(struct container_header, checksum, STATE_ANY, "CRC-32 of what comes before it"),
    STATE_END,
};

static const struct state_field section_fields[] = {
    STATE_BYTES(struct section_row, name, "a to z, 0 to 9, `.`, `_`, `-`; zeros behind it, at least one"),
    STATE(struct section_row, bytes, UINT64_C(1) << 50, "of its contents"),
    STATE(struct section_row, version, STATE_ANY, "of its contents' layout"),
    STATE(struct section_row, form, CONTAINER_PAGES, "0: pieces; 1: pages, to be mapped, and their checksums"),
    STATE(struct section_row, pieces, STATE_ANY, "how many rows of the table of pieces are its own"),
    STATE_END,
};

static const struct state_field piece_fields[] = {
    STATE(struct piece_row, number, UINT32_MAX,
          "its place in the contents, in pieces; ascending; those left out are zero"),
    STATE(struct piece_row, compression, CONTAINER_COMPRESSIONS - 1, "0: none, 1: zlib, 2: zstd"),
    STATE(struct piece_row, stored, CONTAINER_PIECE_BYTES, "its bytes in the file; never more than in the contents"),
    STATE(struct piece_row, stored_checksum, STATE_ANY, "CRC-32 of those in the file"),
    STATE(struct piece_row, checksum, STATE_ANY, "CRC-32 of the contents"),
    STATE_END,
};

static const struct state_field trailer_fields[] = {
    STATE(struct container_trailer, file_bytes, STATE_ANY, "of the file as a whole"),
    STATE(struct container_trailer, sections, CONTAINER_MOST_SECTIONS, "rows of the table of sections"),
    STATE(struct container_trailer, pieces, STATE_ANY, "rows of the table of pieces"),
    STATE(struct container_trailer, table_checksum, STATE_ANY, "CRC-32 of both tables"),
    STATE(struct container_trailer, checksum, STATE_ANY, "CRC-32 of what comes before it in the trailer"),
    STATE_BYTES(struct container_trailer, digest, "BLAKE2b-256 of all before it but pages and their checksums"),
    STATE_END,
};

const struct layout_part container_layout[LAYOUT_PARTS] = {
    [LAYOUT_HEADER] = {"Header",
                       "at the beginning of the file",
                       {header_fields, sizeof(struct container_header), 0, 0}},
    [LAYOUT_SECTION_ROW] = {"Table of sections",
                            "behind the contents, a row for each section",
                            {section_fields, sizeof(struct section_row), 0, 0}},
    [LAYOUT_PIECE_ROW] = {"Table of pieces",
                          "behind the table of sections, a row for each piece, section by section",
                          {piece_fields, sizeof(struct piece_row), 0, 0}},
    [LAYOUT_TRAILER] = {"Trailer", "at the end of the file", {trailer_fields, sizeof(struct container_trailer), 0, 0}},
};

/* The file's numbers, and the checksums that are mapped, are used as they are. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hosts are little-endian");

static bool load_number(const struct state_field *field, uint8_t *number, const uint8_t *bytes)
{
    uint64_t value = 0;
    memcpy(&value, bytes, field->size);
    memcpy(number, bytes, field->size);
    return value <= field->most;
}

const char *container_load_row(unsigned part, void *object, const uint8_t *bytes)
{
    const struct state_field *field = container_layout[part].table.fields;
    for (; field->name != NULL; field++)
        for (uint32_t i = 0; i < state_field_count(field, object); i++, bytes += field->size)
            if (!load_number(field, (uint8_t *)object + field->offset + (size_t)i * field->size, bytes))
                return field->name;
    return NULL;
}

uint32_t container_checksum(const void *bytes, size_t count)
{
    return container_checksum_more(0, bytes, count);
}

uint32_t container_checksum_more(uint32_t checksum, const void *bytes, size_t count)
{
    return bytes == NULL ? checksum : (uint32_t)crc32_z(checksum, bytes, count);
}

/* The remainder alone, without what CRC-32 adds for sequences that begin with zeros: those of a page have a fixed length,
 * and files keep holes where pages are zero, in the checksums too. */
uint32_t container_page_checksum(const uint8_t page[CONTAINER_PAGE_BYTES])
{
    return ~(uint32_t)crc32_z(UINT32_MAX, page, CONTAINER_PAGE_BYTES);
}

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

bool container_name_is_legal(const uint8_t name[CONTAINER_NAME_BYTES])
{
    unsigned length = 0;
    while (length < CONTAINER_NAME_BYTES && is_name_byte(name[length]))
        length++;
    return length != 0 && length < CONTAINER_NAME_BYTES &&
           container_all_zero(name + length, CONTAINER_NAME_BYTES - length);
}

size_t container_piece_bytes(uint64_t bytes, uint32_t number)
{
    uint64_t begin = (uint64_t)number * CONTAINER_PIECE_BYTES;
    if (begin >= bytes)
        return 0;
    return bytes - begin < CONTAINER_PIECE_BYTES ? (size_t)(bytes - begin) : CONTAINER_PIECE_BYTES;
}

uint64_t container_checksums_bytes(uint64_t bytes)
{
    return bytes / CONTAINER_PAGE_BYTES * sizeof(uint32_t);
}

/* Each byte is that before it, and the first is 0. */
bool container_all_zero(const uint8_t *bytes, size_t count)
{
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}
