/* SPDX-License-Identifier: MIT */
#include "snapshot/reference.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "snapshot/container_layout.h"

#define TEXT_BYTES 1024

/* Numbers above are easier to read in hexadecimal. */
#define MOST_DECIMAL 10000

/* Where the rows that are being told of are: in the section, or from an array's element. */
struct place {
    const struct reference_out *out;
    const struct state_field *fields; /* of the struct, to find counters in */
    const char *prefix;               /* of names */
    bool in_element;
    bool is_known; /* no array before it has a length of its own */
    uint64_t offset;
};

static void put(const struct reference_out *out, const char *format, ...) PRINTF_FORMAT(2, 3);

static void put(const struct reference_out *out, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int count = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out->write(out->owner, text, count < TEXT_BYTES ? (size_t)count : TEXT_BYTES - 1);
}

/* In a table a bar has to be escaped. */
static void put_text(const struct reference_out *out, const char *text)
{
    for (; *text != '\0'; text++)
        put(out, *text == '|' ? "\\|" : "%c", *text);
}

static bool is_variable(const struct state_field *field)
{
    return field->count_at != 0;
}

static uint32_t fixed_count(const struct state_field *field)
{
    return field->count == 0 ? 1 : field->count;
}

/* Of one element, as saved. Structs with arrays of a length of their own stand in no array. */
static uint64_t element_bytes(const struct state_field *field)
{
    uint64_t bytes = 0;
    if (field->kind == STATE_NUMBER)
        return field->size;
    for (const struct state_field *f = field->inner; f->name != NULL; f++)
        if (f->kind != STATE_NO_STATE)
            bytes += fixed_count(f) * element_bytes(f);
    return bytes;
}

static const char *name_at(const struct state_field *fields, uint32_t offset)
{
    for (; fields->name != NULL; fields++)
        if (fields->offset == offset)
            return fields->name;
    return "?";
}

static void put_count(const struct place *place, const struct state_field *field)
{
    if (is_variable(field)) {
        put(place->out, "[`%s`", name_at(place->fields, field->count_at));
        if (field->count_more_at != 0)
            put(place->out, " + `%s`", name_at(place->fields, field->count_more_at));
        put(place->out, "]");
    } else if (fixed_count(field) != 1) {
        put(place->out, "[%" PRIu32 "]", field->count);
    }
}

static void put_bytes(const struct place *place, const struct state_field *field)
{
    uint64_t bytes = element_bytes(field);
    if (is_variable(field))
        put(place->out, "%" PRIu64 " each", bytes);
    else if (fixed_count(field) != 1)
        put(place->out, "%" PRIu32 " x %" PRIu64, field->count, bytes);
    else
        put(place->out, "%" PRIu64, bytes);
}

static void put_legal(const struct reference_out *out, const struct state_field *field)
{
    uint64_t widest = field->size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * field->size) - 1;
    if (field->kind == STATE_STRUCT)
        put(out, " ");
    else if (field->most >= widest)
        put(out, "any");
    else if (field->most <= 1)
        put(out, field->most == 0 ? "0" : "0, 1");
    else
        put(out, field->most < MOST_DECIMAL ? "0 to %" PRIu64 : "0 to 0x%" PRIx64, field->most);
}

static void put_offset(const struct place *place)
{
    if (!place->is_known)
        put(place->out, "behind");
    else
        put(place->out, place->in_element ? "+%" PRIu64 : "%" PRIu64, place->offset);
}

static void put_row(const struct place *place, const struct state_field *field)
{
    put(place->out, "| ");
    put_offset(place);
    put(place->out, " | ");
    put_bytes(place, field);
    put(place->out, " | `%s%s`", place->prefix, field->name);
    put_count(place, field);
    put(place->out, " | ");
    put_legal(place->out, field);
    put(place->out, " | ");
    put_text(place->out, field->meaning);
    put(place->out, " |\n");
}

static void put_fields(struct place *place);

/* The rows of one element: of an array with offsets from its beginning, else with those of the section. */
static void put_inner(struct place *place, const struct state_field *field)
{
    char prefix[TEXT_BYTES / 4];
    bool array = is_variable(field) || fixed_count(field) != 1;
    snprintf(prefix, sizeof prefix, "%s%s%s.", place->prefix, field->name, array ? "[]" : "");
    struct place inner = *place;
    inner.fields = field->inner;
    inner.prefix = prefix;
    if (array) {
        inner.in_element = inner.is_known = true;
        inner.offset = 0;
    }
    put_fields(&inner);
    place->is_known &= array || inner.is_known;
}

static void put_fields(struct place *place)
{
    for (const struct state_field *field = place->fields; field->name != NULL; field++) {
        if (field->kind == STATE_NO_STATE)
            continue;
        put_row(place, field);
        if (field->kind == STATE_STRUCT)
            put_inner(place, field);
        place->is_known &= !is_variable(field);
        place->offset += fixed_count(field) * element_bytes(field);
    }
}

static bool has_numbers(const struct state_table *table)
{
    for (const struct state_field *field = table->fields; field->name != NULL; field++)
        if (field->kind != STATE_NO_STATE)
            return true;
    return false;
}

static void put_table(const struct reference_out *out, const struct state_table *table)
{
    if (!has_numbers(table)) {
        put(out, "No numbers.\n");
        return;
    }
    struct place place = {.out = out, .fields = table->fields, .prefix = "", .is_known = true};
    put(out, "| offset | bytes | name | legal | meaning |\n|---|---|---|---|---|\n");
    put_fields(&place);
}

void reference_layout(const struct reference_out *out)
{
    for (unsigned i = 0; i < LAYOUT_PARTS; i++) {
        const struct layout_part *part = &container_layout[i];
        put(out, "\n### %s\n\n%" PRIu64 " bytes, %s.\n\n", part->name,
            (uint64_t)state_saved_bytes(&part->table, &part->table), part->where);
        put_table(out, &part->table);
    }
}

static bool same_contents(const struct state_part *a, const struct state_part *b)
{
    return a->table == b->table && a->blob == b->blob;
}

static bool is_told_of(const struct state_part *parts, unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        if (same_contents(&parts[i], &parts[index]))
            return true;
    return false;
}

static void put_names(const struct reference_out *out, const struct state_part *parts, unsigned count, unsigned first)
{
    put(out, "\n### %s", parts[first].name);
    for (unsigned i = first + 1; i < count; i++)
        if (same_contents(&parts[first], &parts[i]))
            put(out, ", %s", parts[i].name);
    put(out, "\n\n");
}

void reference_parts(const struct reference_out *out, const struct state_part *parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if ((parts[i].table == NULL && parts[i].blob == NULL) || is_told_of(parts, i))
            continue;
        put_names(out, parts, count, i);
        if (parts[i].table != NULL)
            put_table(out, parts[i].table);
        if (parts[i].blob == NULL)
            continue;
        put(out, "%sBehind it: ", parts[i].table != NULL ? "\n" : "");
        put_text(out, parts[i].blob->meaning);
        put(out, ".\n");
    }
}
