/* SPDX-License-Identifier: MIT */
/* Checking a file whole: each piece is read, compared with its checksums and unpacked, and all of it goes into the digest,
 * in the order in which it stands in the file. */
#include "snapshot/container_impl.h"

#include <string.h>

#include "base/bits.h"

static bool check_pieces(struct container *c, const struct section *s, struct blake2b *digest, struct error *err)
{
    const uint8_t *bytes;
    size_t count;
    for (uint32_t i = 0; i < s->row.pieces; i++)
        if (!container_read_piece(c, s, &s->pieces[i], digest, &bytes, &count, err))
            return false;
    return true;
}

static bool check_padding(struct container *c, uint64_t from, uint64_t to, struct blake2b *digest, struct error *err)
{
    size_t count = (size_t)(to - from);
    if (!container_read_at(c, c->stored, count, from, err))
        return false;
    blake2b_add(digest, c->stored, count);
    return container_all_zero(c->stored, count) || container_damaged(c, err, "there is something between two sections");
}

static bool check_zeros(struct container *c, uint64_t at, size_t count, struct error *err)
{
    if (container_is_hole(c, at, count))
        return true;
    if (!container_read_at(c, c->stored, count, at, err))
        return false;
    return container_all_zero(c->stored, count) ||
           container_damaged(c, err, "section '%s': the checksums of its pages are wrong", c->pages->public.name);
}

/* The rows are in the digest, and so vouch for the checksums; pieces without a row are zero. */
static bool check_checksums(struct container *c, const struct section *s, struct error *err)
{
    uint64_t bytes = container_checksums_bytes(s->row.bytes);
    uint32_t row = 0;
    size_t count;
    for (uint32_t number = 0; (count = container_piece_bytes(bytes, number)) != 0; number++) {
        bool stored = row < s->row.pieces && s->pieces[row].row.number == number;
        const uint8_t *checksums;
        bool ok = stored ? container_read_piece(c, s, &s->pieces[row], NULL, &checksums, &count, err)
                         : check_zeros(c, s->checksums_at + (uint64_t)number * CONTAINER_PIECE_BYTES, count, err);
        if (!ok)
            return false;
        row += stored;
    }
    return true;
}

static bool check_section(struct container *c, const struct section *s, uint64_t *at, struct blake2b *digest,
                          struct error *err)
{
    bool ok = s->row.form == CONTAINER_CHUNKS ? check_pieces(c, s, digest, err)
                                              : check_padding(c, *at, s->at, digest, err) && check_checksums(c, s, err);
    *at = s->at + s->public.stored;
    return ok;
}

bool container_check(struct container *c, struct error *err)
{
    struct blake2b digest;
    uint8_t result[CONTAINER_DIGEST_BYTES];
    uint64_t at = HEADER_BYTES;
    blake2b_begin(&digest);
    blake2b_add(&digest, c->header, HEADER_BYTES);
    for (unsigned i = 0; i < c->trailer.sections; i++)
        if (!check_section(c, &c->sections[i], &at, &digest, err))
            return false;
    blake2b_add(&digest, c->table, (size_t)(c->bytes - TRAILER_BYTES - c->table_at));
    blake2b_add(&digest, c->trailer_bytes, TRAILER_BYTES - CONTAINER_DIGEST_BYTES);
    blake2b_end(&digest, result);
    return memcmp(result, c->trailer.digest, sizeof result) == 0 || container_damaged(c, err, "its digest is wrong");
}
