/* SPDX-License-Identifier: MIT */
/* method.def as data: methods, events and objects, each with the rows that belong to it. */
#ifndef MICROVM_REMOTE_TABLE_H
#define MICROVM_REMOTE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "remote/call.h"

enum remote_kind { REMOTE_METHOD, REMOTE_EVENT, REMOTE_OBJECT, REMOTE_PARAM, REMOTE_RESULT, REMOTE_MEMBER };

enum remote_shape {
    REMOTE_NONE,
    REMOTE_WORD,
    REMOTE_ADDRESS,
    REMOTE_COUNT,
    REMOTE_TEXT,
    REMOTE_BYTES,
    REMOTE_BOOLEAN,
    REMOTE_CHOICE,
    REMOTE_CHOICES,
    REMOTE_ONE,
    REMOTE_LIST,
    REMOTE_WORDS
};

struct remote_type {
    enum remote_shape shape;
    int64_t low, high; /* of a count, both included */
    const char *words; /* of a choice, with | between them; the name of the object that one or a list is made of */
};

struct remote_row {
    enum remote_kind kind;
    const char *name, *meaning;
    struct remote_type type; /* of a param, result or member */
    bool optional;
    remote_function *function; /* of a method */
};

struct remote_failure {
    const char *name, *meaning;
};

/* All rows, in the order of the file: those that belong to a method, event or object follow it. */
const struct remote_row *remote_table(size_t *count);

/* The row of that kind and name, or NULL. */
const struct remote_row *remote_find(enum remote_kind kind, const char *name);

/* The next row that belongs to the same method, event or object as `row` does (or which it is), and is of that kind; NULL: none. */
const struct remote_row *remote_next(const struct remote_row *row, enum remote_kind kind);

/* By enum remote_code, REMOTE_OK apart. */
const struct remote_failure *remote_failure(enum remote_code code);

/* Whether word is one of "a|b|c": its place, or -1. */
int remote_word_index(const char *words, const char *word);

/* The longest address and the longest name of a symbol that is taken, in bytes. */
#define REMOTE_ADDRESS_BYTES 512

#endif
