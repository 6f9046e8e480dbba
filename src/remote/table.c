/* SPDX-License-Identifier: MIT */
#include "remote/table.h"

#include <string.h>

#include "base/compiler.h"

#define WORD                                                                                                           \
    {                                                                                                                  \
        REMOTE_WORD, 0, 0, NULL                                                                                        \
    }
#define ADDRESS                                                                                                        \
    {                                                                                                                  \
        REMOTE_ADDRESS, 0, 0, NULL                                                                                     \
    }
#define COUNT(low, high)                                                                                               \
    {                                                                                                                  \
        REMOTE_COUNT, low, high, NULL                                                                                  \
    }
#define TEXT                                                                                                           \
    {                                                                                                                  \
        REMOTE_TEXT, 0, 0, NULL                                                                                        \
    }
#define BYTES                                                                                                          \
    {                                                                                                                  \
        REMOTE_BYTES, 0, 0, NULL                                                                                       \
    }
#define BOOLEAN                                                                                                        \
    {                                                                                                                  \
        REMOTE_BOOLEAN, 0, 0, NULL                                                                                     \
    }
#define CHOICE(words)                                                                                                  \
    {                                                                                                                  \
        REMOTE_CHOICE, 0, 0, words                                                                                     \
    }
#define CHOICES(words)                                                                                                 \
    {                                                                                                                  \
        REMOTE_CHOICES, 0, 0, words                                                                                    \
    }
#define ONE(object)                                                                                                    \
    {                                                                                                                  \
        REMOTE_ONE, 0, 0, object                                                                                       \
    }
#define LIST(object)                                                                                                   \
    {                                                                                                                  \
        REMOTE_LIST, 0, 0, object                                                                                      \
    }
#define WORDS                                                                                                          \
    {                                                                                                                  \
        REMOTE_WORDS, 0, 0, NULL                                                                                       \
    }
#define ALWAYS false
#define OPTIONAL true

static const struct remote_row rows[] = {
#define METHOD(id, name, meaning) {REMOTE_METHOD, name, meaning, {REMOTE_NONE, 0, 0, NULL}, false, remote_do_##id},
#define EVENT(name, meaning) {REMOTE_EVENT, name, meaning, {REMOTE_NONE, 0, 0, NULL}, false, NULL},
#define OBJECT(name, meaning) {REMOTE_OBJECT, name, meaning, {REMOTE_NONE, 0, 0, NULL}, false, NULL},
#define PARAM(name, type, presence, meaning) {REMOTE_PARAM, name, meaning, type, presence, NULL},
#define RESULT(name, type, presence, meaning) {REMOTE_RESULT, name, meaning, type, presence, NULL},
#define MEMBER(name, type, presence, meaning) {REMOTE_MEMBER, name, meaning, type, presence, NULL},
#define FAILURE(id, name, meaning)
#include "remote/method.def"
#undef METHOD
#undef EVENT
#undef OBJECT
#undef PARAM
#undef RESULT
#undef MEMBER
#undef FAILURE
};

static const struct remote_failure failures[] = {
#define METHOD(id, name, meaning)
#define EVENT(name, meaning)
#define OBJECT(name, meaning)
#define PARAM(name, type, presence, meaning)
#define RESULT(name, type, presence, meaning)
#define MEMBER(name, type, presence, meaning)
#define FAILURE(id, name, meaning) [REMOTE_##id] = {name, meaning},
#include "remote/method.def"
};

const struct remote_row *remote_table(size_t *count)
{
    *count = ARRAY_SIZE(rows);
    return rows;
}

const struct remote_row *remote_find(enum remote_kind kind, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].kind == kind && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static bool begins_something(const struct remote_row *row)
{
    return row->kind == REMOTE_METHOD || row->kind == REMOTE_EVENT || row->kind == REMOTE_OBJECT;
}

const struct remote_row *remote_next(const struct remote_row *row, enum remote_kind kind)
{
    for (row++; row < rows + ARRAY_SIZE(rows) && !begins_something(row); row++)
        if (row->kind == kind)
            return row;
    return NULL;
}

const struct remote_failure *remote_failure(enum remote_code code)
{
    return &failures[code];
}

int remote_word_index(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0;; i++) {
        size_t next = strcspn(words, "|");
        if (next == length && memcmp(words, word, length) == 0)
            return i;
        if (words[next] == '\0')
            return -1;
        words += next + 1;
    }
}
