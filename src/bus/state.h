/* SPDX-License-Identifier: MIT */
/* What a device remembers, as a table over its struct: the state digest, saved machines and their documentation are made
 * from it. Every byte of the struct stands in a row, also what is no state (pointers into this process, caches), with its
 * reason; tests/unit/machine/test_parts.c sees to that.
 *
 * Saved, an object is its rows' numbers one after the other, little-endian, each as wide as in the struct, without gaps. */
#ifndef MICROVM_BUS_STATE_H
#define MICROVM_BUS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum state_kind {
    STATE_NUMBER,  /* unsigned, of 1, 2, 4 or 8 bytes */
    STATE_STRUCT,  /* has rows of its own */
    STATE_NO_STATE /* meaning says why */
};

struct state_field {
    const char *name;
    uint32_t offset;
    uint32_t size; /* of an element, in bytes */
    enum state_kind kind;
    uint32_t count;                  /* elements, size bytes apart; 0 counts as 1 */
    uint32_t count_at;               /* else, if not 0: where in the struct an unsigned has their number */
    uint64_t most;                   /* the largest legal number */
    const struct state_field *inner; /* the rows of a struct */
    const char *meaning;
};

struct state_table {
    const struct state_field *fields; /* in the order of their offsets, up to STATE_END */
    uint32_t bytes;                   /* sizeof the struct, without a flexible array at its end */

    /* Whether the numbers go together, each being legal by itself. Looks at nothing else than the object. Optional. */
    bool (*check)(const void *object);

    /* The object was loaded: makes anew what follows from its state, and drives its lines. Optional. */
    void (*loaded)(void *object);
};

/* Something that has state. */
struct state_part {
    const char *name;
    void *object;
    const struct state_table *table; /* NULL: it has none */
};

#define STATE_ANY UINT64_MAX
#define STATE_AT(type, member) .name = #member, .offset = offsetof(type, member)
#define STATE_SIZE(type, member) sizeof(((type *)NULL)->member)

/* Rows: a number, an array of numbers, bytes in arrays of any shape, a struct, an array of structs, one at the struct's end with as many elements as
 * another member says, and what is no state. */
#define STATE(type, member, legal, what)                                                                               \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member), .most = (legal), .meaning = (what)                   \
    }
#define STATE_ARRAY(type, member, legal, what)                                                                         \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member[0]),                                                   \
                                .count = STATE_SIZE(type, member) / STATE_SIZE(type, member[0]), .most = (legal),      \
                                .meaning = (what)                                                                      \
    }
#define STATE_BYTES(type, member, what)                                                                                \
    {                                                                                                                  \
        STATE_AT(type, member), .size = 1, .count = STATE_SIZE(type, member), .most = STATE_ANY, .meaning = (what)     \
    }
#define STATE_INNER(type, member, rows, what)                                                                          \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member), .kind = STATE_STRUCT, .inner = (rows),               \
                                .meaning = (what)                                                                      \
    }
#define STATE_INNERS(type, member, rows, what)                                                                         \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member[0]), .kind = STATE_STRUCT,                             \
                                .count = STATE_SIZE(type, member) / STATE_SIZE(type, member[0]), .inner = (rows),      \
                                .meaning = (what)                                                                      \
    }
#define STATE_TAIL(type, member, rows, counter, what)                                                                  \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member[0]), .kind = STATE_STRUCT,                             \
                                .count_at = offsetof(type, counter), .inner = (rows), .meaning = (what)                \
    }
#define STATE_NOT(type, member, why)                                                                                   \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member), .kind = STATE_NO_STATE, .meaning = (why)             \
    }
#define STATE_END                                                                                                      \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

/* The elements of a row of this object. */
uint32_t state_field_count(const struct state_field *field, const void *object);

/* The bytes of the object itself, its flexible array with it. */
size_t state_object_bytes(const struct state_table *table, const void *object);

/* Calls visit with each number in the order in which they are saved. */
void state_each(const struct state_table *table, const void *object,
                void (*visit)(void *owner, const struct state_field *field, uint64_t value), void *owner);

/* The bytes that it has saved, which depend on nothing but how the machine is made up. */
size_t state_saved_bytes(const struct state_table *table, const void *object);

/* Writes state_saved_bytes. */
void state_save(const struct state_table *table, const void *object, uint8_t *bytes);

/* Takes what state_save wrote, as if it came from an enemy. False: the length is another, a number is not legal, they do
 * not go together, or there is no memory; nothing has been changed then, and err says why. */
bool state_load(const struct state_table *table, void *object, const uint8_t *bytes, size_t count, struct error *err);

#endif
