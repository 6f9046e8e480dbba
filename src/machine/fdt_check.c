/* SPDX-License-Identifier: MIT */
/* A walk over the whole of a flattened device tree (Devicetree Specification 0.4, chapter 5) that trusts nothing.
 * libfdt's own checks differ from version to version, and its editing functions assume a tree that passed them. */
#include "machine/fdt.h"

#include <libfdt.h>
#include <string.h>

#include "base/bits.h"

#define MAX_DEPTH 64
#define MAX_NAME_BYTES 255
#define RESERVE_ENTRY_BYTES 16
/* The only version that dtc and libfdt have written since 2007. */
#define VERSION 17

struct walk {
    const uint8_t *blob;
    uint32_t total;
    uint32_t structure, structure_end; /* offsets */
    uint32_t strings, strings_bytes;
    uint32_t at;    /* the next token */
    uint32_t token; /* the present one's offset, for messages */
    int depth;
    bool property_allowed;
    bool root_seen;
};

static uint32_t big_at(const uint8_t *blob, uint32_t offset)
{
    const uint8_t *b = blob + offset;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint32_t header_field(const struct walk *w, size_t offset)
{
    return big_at(w->blob, (uint32_t)offset);
}

#define FIELD(w, name) header_field(w, offsetof(struct fdt_header, name))

static bool check_totals(struct walk *w, size_t size, struct error *err)
{
    if (size < sizeof(struct fdt_header))
        return error_set(err, "is too short for a device tree blob (%zu bytes)", size);
    if (FIELD(w, magic) != FDT_MAGIC)
        return error_set(err, "is not a device tree blob (it starts with %#010x, not %#x); compile sources with dtc",
                         FIELD(w, magic), FDT_MAGIC);
    w->total = FIELD(w, totalsize);
    if (w->total > size || w->total < sizeof(struct fdt_header) || w->total > INT32_MAX)
        return error_set(err, "is truncated or damaged: its header says %u bytes, the file has %zu", w->total, size);
    if (FIELD(w, version) < VERSION || FIELD(w, last_comp_version) > VERSION)
        return error_set(err, "is a device tree blob of version %u (compatible to %u); version %d is supported",
                         FIELD(w, version), FIELD(w, last_comp_version), VERSION);
    return true;
}

static bool check_block(const struct walk *w, const char *what, uint32_t offset, uint32_t bytes, uint32_t align,
                        struct error *err)
{
    if (is_aligned(offset, align) && offset >= sizeof(struct fdt_header) && range_fits(offset, bytes, w->total))
        return true;
    return error_set(err, "is damaged: its %s is at %#x with %#x bytes, of %#x in all", what, offset, bytes, w->total);
}

static bool check_blocks(struct walk *w, struct error *err)
{
    uint32_t structure_bytes = FIELD(w, size_dt_struct);
    w->structure = w->at = FIELD(w, off_dt_struct);
    w->strings = FIELD(w, off_dt_strings);
    w->strings_bytes = FIELD(w, size_dt_strings);
    if (!check_block(w, "structure", w->structure, structure_bytes, 4, err) ||
        !check_block(w, "table of names", w->strings, w->strings_bytes, 1, err))
        return false;
    w->structure_end = w->structure + structure_bytes;
    bool apart = w->structure_end <= w->strings || w->strings + w->strings_bytes <= w->structure;
    return apart || error_set(err, "is damaged: its structure and its table of names overlap");
}

static bool is_zero(const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static bool check_reservations(const struct walk *w, struct error *err)
{
    uint32_t start = FIELD(w, off_mem_rsvmap), at = start;
    if (!check_block(w, "reservation block", at, RESERVE_ENTRY_BYTES, 8, err))
        return false;
    while (range_fits(at, RESERVE_ENTRY_BYTES, w->total)) {
        bool last = is_zero(w->blob + at, RESERVE_ENTRY_BYTES);
        at += RESERVE_ENTRY_BYTES;
        if (!last)
            continue;
        bool apart = (at <= w->structure || start >= w->structure_end) &&
                     (at <= w->strings || start >= w->strings + w->strings_bytes);
        return apart || error_set(err, "is damaged: its reservation block overlaps another");
    }
    return error_set(err, "is damaged: its reservation block at %#x has no end", start);
}

static bool damaged(const struct walk *w, const char *what, struct error *err)
{
    return error_set(err, "is damaged: %s at offset %#x", what, w->token);
}

static bool in_structure(const struct walk *w, uint32_t bytes)
{
    return bytes <= w->structure_end - w->at;
}

/* Moves on over bytes and their padding. */
static bool skip(struct walk *w, uint32_t bytes)
{
    if (!in_structure(w, bytes))
        return false;
    uint32_t padded = (uint32_t)align_up(bytes, 4);
    w->at += in_structure(w, padded) ? padded : bytes;
    return true;
}

static bool begin_node(struct walk *w, struct error *err)
{
    const char *name = (const char *)w->blob + w->at;
    size_t room = w->structure_end - w->at;
    size_t length = strnlen(name, room < MAX_NAME_BYTES + 1 ? room : MAX_NAME_BYTES + 1);
    if (length == room || length > MAX_NAME_BYTES)
        return damaged(w, "a node's name without an end", err);
    if (w->depth == 0 && w->root_seen)
        return damaged(w, "a second root", err);
    if ((w->depth == 0) != (length == 0))
        return damaged(w, w->depth == 0 ? "a root with a name" : "a node without a name", err);
    if (memchr(name, '/', length) != NULL)
        return damaged(w, "a node's name with a slash", err);
    if (++w->depth > MAX_DEPTH)
        return damaged(w, "nodes nested more than 64 deep", err);
    w->root_seen = w->property_allowed = true;
    return skip(w, (uint32_t)length + 1) || damaged(w, "a node's name without an end", err);
}

static bool end_node(struct walk *w, struct error *err)
{
    if (w->depth == 0)
        return damaged(w, "an end of a node that never began", err);
    w->depth--;
    w->property_allowed = false;
    return true;
}

static bool property(struct walk *w, struct error *err)
{
    if (!w->property_allowed)
        return damaged(w, w->depth == 0 ? "a property outside all nodes" : "a property behind a subnode", err);
    if (!in_structure(w, 8))
        return damaged(w, "a truncated property", err);
    uint32_t bytes = big_at(w->blob, w->at), name = big_at(w->blob, w->at + 4);
    w->at += 8;
    if (name >= w->strings_bytes)
        return damaged(w, "a property whose name is outside the table of names", err);
    const char *text = (const char *)w->blob + w->strings + name;
    size_t room = w->strings_bytes - name;
    if (text[0] == '\0' || strnlen(text, room) == room)
        return damaged(w, "a property whose name is empty or has no end", err);
    return skip(w, bytes) || damaged(w, "a property longer than the structure", err);
}

static bool end_tree(const struct walk *w, struct error *err)
{
    if (w->depth != 0)
        return damaged(w, "the end of the tree within a node", err);
    return w->root_seen || damaged(w, "an end without a root", err);
}

static bool walk_tree(struct walk *w, struct error *err)
{
    /* The specification lets empty tokens come first, but libfdt looks for the root at offset 0. */
    bool ok = in_structure(w, 4) && big_at(w->blob, w->at) == FDT_BEGIN_NODE;
    if (!ok)
        return error_set(err, "is damaged: its structure at offset %#x does not begin with a node", w->structure);
    while (ok) {
        w->token = w->at;
        if (!in_structure(w, 4))
            return damaged(w, "no end token", err);
        uint32_t token = big_at(w->blob, w->at);
        w->at += 4;
        if (token == FDT_END)
            return end_tree(w, err);
        if (token == FDT_BEGIN_NODE)
            ok = begin_node(w, err);
        else if (token == FDT_END_NODE)
            ok = end_node(w, err);
        else if (token == FDT_PROP)
            ok = property(w, err);
        else if (token != FDT_NOP)
            return error_set(err, "is damaged: unknown token %#x at offset %#x", token, w->token);
    }
    return false;
}

bool fdt_check(const void *blob, size_t size, struct error *err)
{
    struct walk w = {.blob = blob};
    return check_totals(&w, size, err) && check_blocks(&w, err) && check_reservations(&w, err) && walk_tree(&w, err);
}
