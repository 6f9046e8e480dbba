/* SPDX-License-Identifier: MIT */
#include "bus/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"

static uint32_t counter(const void *object, uint32_t offset)
{
    return offset == 0 ? 0 : *(const unsigned *)((const uint8_t *)object + offset);
}

uint32_t state_field_count(const struct state_field *field, const void *object)
{
    if (field->count_at == 0)
        return field->count == 0 ? 1 : field->count;
    uint32_t count = counter(object, field->count_at), more = counter(object, field->count_more_at);
    uint32_t limit = field->count == 0 ? UINT32_MAX : field->count;
    return count <= limit && more <= limit - count ? count + more : limit;
}

size_t state_object_bytes(const struct state_table *table, const void *object)
{
    size_t bytes = table->bytes;
    for (const struct state_field *field = table->fields; field->name != NULL; field++)
        if (field->count_at != 0 && field->count == 0)
            bytes += (size_t)state_field_count(field, object) * field->size;
    return bytes;
}

static uint64_t get_number(const uint8_t *at, uint32_t size)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (size) {
    case 1: memcpy(&u8, at, size); return u8;
    case 2: memcpy(&u16, at, size); return u16;
    case 4: memcpy(&u32, at, size); return u32;
    default: memcpy(&u64, at, size); return u64;
    }
}

static void put_number(uint8_t *at, uint32_t size, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    switch (size) {
    case 1: memcpy(at, &u8, size); break;
    case 2: memcpy(at, &u16, size); break;
    case 4: memcpy(at, &u32, size); break;
    default: memcpy(at, &value, size); break;
    }
}

/* What is done with each number of an object: number is its place in the object. False ends the walk. */
struct walk {
    bool (*visit)(struct walk *walk, const struct state_field *field, uint8_t *number);
    void (*each)(void *owner, const struct state_field *field, uint64_t value);
    void *owner;         /* of each */
    size_t done;         /* bytes of the saved form */
    uint8_t *to;         /* save */
    const uint8_t *from; /* load */
    size_t count;        /* load: the bytes there */
    struct error *err;   /* load */
};

static bool walk_fields(struct walk *walk, const struct state_field *fields, uint8_t *object)
{
    for (const struct state_field *field = fields; field->name != NULL; field++) {
        uint32_t count = field->kind == STATE_NO_STATE ? 0 : state_field_count(field, object);
        for (uint32_t i = 0; i < count; i++) {
            uint8_t *element = object + field->offset + (size_t)i * field->size;
            bool ok = field->kind == STATE_STRUCT ? walk_fields(walk, field->inner, element)
                                                  : walk->visit(walk, field, element);
            if (!ok)
                return false;
        }
    }
    return true;
}

static bool visit_each(struct walk *walk, const struct state_field *field, uint8_t *number)
{
    walk->each(walk->owner, field, get_number(number, field->size));
    return true;
}

static bool visit_count(struct walk *walk, const struct state_field *field, uint8_t *number)
{
    (void)number;
    walk->done += field->size;
    return true;
}

static bool visit_save(struct walk *walk, const struct state_field *field, uint8_t *number)
{
    little_put(walk->to + walk->done, field->size, get_number(number, field->size));
    return visit_count(walk, field, number);
}

static bool visit_load(struct walk *walk, const struct state_field *field, uint8_t *number)
{
    if (walk->count - walk->done < field->size)
        return error_set(walk->err, "saved state: %zu bytes are too few: it ends before %s", walk->count, field->name);
    uint64_t value = little_get(walk->from + walk->done, field->size);
    if (value > field->most)
        return error_set(walk->err, "saved state: %s is 0x%" PRIx64 ", at most 0x%" PRIx64 " is legal", field->name,
                         value, field->most);
    put_number(number, field->size, value);
    return visit_count(walk, field, number);
}

/* Of these, only visit_load changes the object. */
static size_t walk_const(struct walk *walk, const struct state_table *table, const void *object)
{
    walk_fields(walk, table->fields, (uint8_t *)(uintptr_t)object);
    return walk->done;
}

void state_each(const struct state_table *table, const void *object,
                void (*visit)(void *owner, const struct state_field *field, uint64_t value), void *owner)
{
    struct walk walk = {.visit = visit_each, .each = visit, .owner = owner};
    walk_const(&walk, table, object);
}

size_t state_saved_bytes(const struct state_table *table, const void *object)
{
    struct walk walk = {.visit = visit_count};
    return walk_const(&walk, table, object);
}

void state_save(const struct state_table *table, const void *object, uint8_t *bytes)
{
    struct walk walk = {.visit = visit_save, .to = bytes};
    walk_const(&walk, table, object);
}

static void copy_fields(const struct state_field *fields, uint8_t *to, const uint8_t *from)
{
    for (const struct state_field *field = fields; field->name != NULL; field++) {
        uint32_t count = field->kind == STATE_NO_STATE ? 0 : state_field_count(field, from);
        if (field->count_at != 0) /* it may be no state, and the copy must know how much it has */
            memcpy(to + field->count_at, from + field->count_at, sizeof count);
        if (field->count_more_at != 0)
            memcpy(to + field->count_more_at, from + field->count_more_at, sizeof count);
        if (field->kind == STATE_NUMBER)
            memcpy(to + field->offset, from + field->offset, (size_t)count * field->size);
        for (uint32_t i = 0; i < count && field->kind == STATE_STRUCT; i++) {
            size_t element = field->offset + (size_t)i * field->size;
            copy_fields(field->inner, to + element, from + element);
        }
    }
}

void state_copy(const struct state_table *table, void *to, const void *from)
{
    copy_fields(table->fields, to, from);
}

/* Takes as many of the count bytes as the object has numbers. */
static bool load_numbers(const struct state_table *table, void *copy, const uint8_t *bytes, size_t count, size_t *taken,
                         struct error *err)
{
    struct walk walk = {.visit = visit_load, .from = bytes, .count = count, .err = err};
    if (!walk_fields(&walk, table->fields, copy))
        return false;
    *taken = walk.done;
    return table->check == NULL || table->check(copy) || error_set(err, "saved state: its numbers do not go together");
}

/* The object as it would be when loaded, for the caller to free. NULL: it would not. */
static void *load_copy(const struct state_table *table, const void *object, const uint8_t *bytes, size_t count,
                       size_t *taken, struct error *err)
{
    size_t size = state_object_bytes(table, object);
    void *copy = malloc(size);
    if (copy == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    memcpy(copy, object, size);
    if (load_numbers(table, copy, bytes, count, taken, err))
        return copy;
    free(copy);
    return NULL;
}

static bool nothing_is_left(size_t taken, size_t count, struct error *err)
{
    return taken == count || error_set(err, "saved state: %zu bytes where %zu belong", count, taken);
}

static void take(const struct state_table *table, void *object, const void *copy)
{
    state_copy(table, object, copy);
    if (table->loaded != NULL)
        table->loaded(object);
}

/* into: the part's object, to be loaded, or NULL: it is only checked. */
static bool load(const struct state_part *part, void *into, const uint8_t *bytes, size_t count, struct error *err)
{
    size_t taken;
    void *copy = load_copy(part->table, part->object, bytes, count, &taken, err);
    if (copy == NULL)
        return false;
    bool ok = part->blob != NULL ? part->blob->check(part->object, bytes + taken, count - taken, err)
                                 : nothing_is_left(taken, count, err);
    if (ok && into != NULL) {
        take(part->table, into, copy);
        ok = part->blob == NULL || part->blob->load(into, bytes + taken, count - taken, err);
    }
    free(copy);
    return ok;
}

bool state_check(const struct state_table *table, const void *object, const uint8_t *bytes, size_t count,
                 struct error *err)
{
    const struct state_part part = {.object = (void *)(uintptr_t)object, .table = table};
    return load(&part, NULL, bytes, count, err);
}

bool state_load(const struct state_table *table, void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    const struct state_part part = {.object = object, .table = table};
    return load(&part, object, bytes, count, err);
}

size_t state_part_bytes(const struct state_part *part)
{
    size_t blob = part->blob != NULL ? part->blob->bytes(part->object) : 0;
    return state_saved_bytes(part->table, part->object) + blob;
}

void state_part_save(const struct state_part *part, uint8_t *bytes)
{
    state_save(part->table, part->object, bytes);
    if (part->blob != NULL)
        part->blob->save(part->object, bytes + state_saved_bytes(part->table, part->object));
}

bool state_part_check(const struct state_part *part, const uint8_t *bytes, size_t count, struct error *err)
{
    return load(part, NULL, bytes, count, err) || error_prefix(err, "%s", part->name);
}

bool state_part_load(const struct state_part *part, const uint8_t *bytes, size_t count, struct error *err)
{
    return load(part, part->object, bytes, count, err) || error_prefix(err, "%s", part->name);
}
