/* SPDX-License-Identifier: MIT */
#include "bus/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint32_t state_field_count(const struct state_field *field, const void *object)
{
    if (field->count_at != 0)
        return *(const unsigned *)((const uint8_t *)object + field->count_at);
    return field->count == 0 ? 1 : field->count;
}

size_t state_object_bytes(const struct state_table *table, const void *object)
{
    size_t bytes = table->bytes;
    for (const struct state_field *field = table->fields; field->name != NULL; field++)
        if (field->count_at != 0)
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

static uint64_t get_saved(const uint8_t *bytes, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static void put_saved(uint8_t *bytes, uint32_t size, uint64_t value)
{
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

/* What is done with each number of an object: number is its place in the object. False ends the walk. */
struct walk {
    bool (*visit)(struct walk *walk, const struct state_field *field, uint8_t *number);
    void (*each)(void *owner, const struct state_field *field, uint64_t value);
    void *owner;                    /* of each */
    size_t done;                    /* bytes of the saved form */
    uint8_t *to;                    /* save */
    const uint8_t *from;            /* check, load */
    const struct state_field *last; /* check: the row looked at, and the number */
    uint64_t value;
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
    put_saved(walk->to + walk->done, field->size, get_number(number, field->size));
    return visit_count(walk, field, number);
}

static bool visit_load(struct walk *walk, const struct state_field *field, uint8_t *number)
{
    put_number(number, field->size, get_saved(walk->from + walk->done, field->size));
    return visit_count(walk, field, number);
}

static bool visit_check(struct walk *walk, const struct state_field *field, uint8_t *number)
{
    walk->value = get_saved(walk->from + walk->done, field->size);
    walk->last = field;
    return walk->value <= field->most && visit_count(walk, field, number);
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

static bool numbers_are_legal(const struct state_table *table, void *object, const uint8_t *bytes, struct error *err)
{
    struct walk walk = {.visit = visit_check, .from = bytes};
    return walk_fields(&walk, table->fields, object) ||
           error_set(err, "saved state: %s is 0x%" PRIx64 ", at most 0x%" PRIx64 " is legal", walk.last->name,
                     walk.value, walk.last->most);
}

static void load_numbers(const struct state_table *table, void *object, const uint8_t *bytes)
{
    struct walk walk = {.visit = visit_load, .from = bytes};
    walk_fields(&walk, table->fields, object);
}

/* Asks a copy whether the numbers go together. */
static bool numbers_agree(const struct state_table *table, const void *object, const uint8_t *bytes, struct error *err)
{
    if (table->check == NULL)
        return true;
    size_t size = state_object_bytes(table, object);
    void *copy = malloc(size);
    if (copy == NULL)
        return error_set(err, "out of memory");
    memcpy(copy, object, size);
    load_numbers(table, copy, bytes);
    bool ok = table->check(copy);
    free(copy);
    return ok || error_set(err, "saved state: its numbers do not go together");
}

bool state_load(const struct state_table *table, void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    size_t wanted = state_saved_bytes(table, object);
    if (count != wanted)
        return error_set(err, "saved state: %zu bytes where %zu belong", count, wanted);
    if (!numbers_are_legal(table, object, bytes, err) || !numbers_agree(table, object, bytes, err))
        return false;
    load_numbers(table, object, bytes);
    if (table->loaded != NULL)
        table->loaded(object);
    return true;
}
