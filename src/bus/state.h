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
    uint32_t count;    /* elements, size bytes apart; 0 counts as 1 */
    uint32_t count_at; /* if not 0: where in the struct an unsigned has their number, at most count if that is not 0 */
    uint32_t count_more_at;          /* and where another one has what to add to it; 0: nowhere */
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

/* What rows cannot hold, as it has no fixed place in the struct: bytes of an own form. */
struct state_blob {
    const char *meaning;
    bool outside; /* it depends on how fast the host was: no part of a digest, as the guest has not seen any of it */
    size_t (*bytes)(const void *object);
    void (*save)(const void *object, uint8_t *bytes);

    /* Takes what save wrote, as if it came from an enemy, after the rows were loaded. check is load without any effect, and may
     * be asked before they are. */
    bool (*check)(const void *object, const uint8_t *bytes, size_t count, struct error *err);
    bool (*load)(void *object, const uint8_t *bytes, size_t count, struct error *err);
};

/* Something that has state. */
struct state_part {
    const char *name;
    void *object;
    const struct state_table *table; /* NULL: it has none */
    const struct state_blob *blob;   /* NULL: none */
};

#define STATE_ANY UINT64_MAX
#define STATE_AT(type, member) .name = #member, .offset = offsetof(type, member)
#define STATE_SIZE(type, member) sizeof(((type *)NULL)->member)

/* Rows: a number, an array of numbers, some of an array's numbers, bytes in arrays of any shape, a struct, an array of structs, one at the struct's
 * end with as many elements as another member says, the first of an array that it says (its own row comes before) or that two members
 * say together, and what is no state. */
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
#define STATE_SLICE(type, member, first, elements, legal, what)                                                        \
    {                                                                                                                  \
        .name = #member, .offset = offsetof(type, member) + (first)*STATE_SIZE(type, member[0]),                       \
        .size = STATE_SIZE(type, member[0]), .count = (elements), .most = (legal), .meaning = (what)                   \
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
#define STATE_FIRST(type, member, rows, counter, what)                                                                 \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member[0]), .kind = STATE_STRUCT,                             \
                                .count = STATE_SIZE(type, member) / STATE_SIZE(type, member[0]),                       \
                                .count_at = offsetof(type, counter), .inner = (rows), .meaning = (what)                \
    }
#define STATE_FIRST_TWO(type, member, rows, counter, further, what)                                                    \
    {                                                                                                                  \
        STATE_AT(type, member), .size = STATE_SIZE(type, member[0]), .kind = STATE_STRUCT,                             \
                                .count = STATE_SIZE(type, member) / STATE_SIZE(type, member[0]),                       \
                                .count_at = offsetof(type, counter), .count_more_at = offsetof(type, further),         \
                                .inner = (rows), .meaning = (what)                                                     \
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

/* The bytes that it has saved at present. They depend on how the machine is made up, and on the numbers that say how many
 * elements a row has. */
size_t state_saved_bytes(const struct state_table *table, const void *object);

/* Writes state_saved_bytes. */
void state_save(const struct state_table *table, const void *object, uint8_t *bytes);

/* Takes what state_save wrote, as if it came from an enemy. False: the length is another, a number is not legal, they do
 * not go together, or there is no memory; nothing has been changed then, and err says why. */
bool state_load(const struct state_table *table, void *object, const uint8_t *bytes, size_t count, struct error *err);

/* Whether state_load would take it. Changes nothing. */
bool state_check(const struct state_table *table, const void *object, const uint8_t *bytes, size_t count,
                 struct error *err);

/* The same for a part: its rows, then its blob's bytes. */
size_t state_part_bytes(const struct state_part *part);
void state_part_save(const struct state_part *part, uint8_t *bytes);
bool state_part_check(const struct state_part *part, const uint8_t *bytes, size_t count, struct error *err);
bool state_part_load(const struct state_part *part, const uint8_t *bytes, size_t count, struct error *err);

/* Copies the state from one object to another that is made up alike. What follows from it stays as it was. */
void state_copy(const struct state_table *table, void *to, const void *from);

#endif
