/* SPDX-License-Identifier: MIT */
/* Messages of 9P that are mostly right: fields by the letters of a message's form, out of few fids and names. */
#ifndef MICROVM_TESTS_FUZZ_P9_MESSAGE_H
#define MICROVM_TESTS_FUZZ_P9_MESSAGE_H

#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "fuzz.h"

#define P9_FUZZ_BYTES 4096u

struct p9_form {
    uint8_t type;
    const char *
        fields; /* f: fid, n: name, w: names of a walk, 1, 2, 4, 8: a number, d: data behind its length, v: the version */
};

static const struct p9_form p9_forms[] = {
    {8, "f"},       {12, "f4"},         {14, "fn444"}, {16, "fnn4"}, {18, "fn4444"}, {20, "ffn"}, {22, "f"},
    {24, "f8"},     {26, "f444888888"}, {30, "ffn"},   {32, "fn84"}, {40, "f84"},    {50, "f4"},  {52, "f14884n"},
    {54, "f1884n"}, {70, "ffn"},        {72, "fn44"},  {74, "fnfn"}, {76, "fn4"},    {100, "v"},  {102, "fnn4"},
    {104, "funn4"}, {108, "2"},         {110, "ffw"},  {116, "f84"}, {118, "f8d"},   {120, "f"},  {122, "f"},
};

struct p9_writer {
    uint8_t *bytes;
    size_t used;
};

static inline void p9_add(struct p9_writer *w, unsigned size, uint64_t value)
{
    if (w->used + size > P9_FUZZ_BYTES)
        return;
    little_put(w->bytes + w->used, size, value);
    w->used += size;
}

static inline void p9_add_name(struct p9_writer *w, struct fuzz_input *input)
{
    static const char *const names[] = {"f", "d", "link", "up", "fifo", "..", "a", "b", "", ".", "d/f", "../secret"};
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice >= 0xf8) { /* any bytes, or fewer than said */
        size_t length = choice & 3;
        p9_add(w, 2, choice == 0xff ? 0xffff : length);
        for (size_t i = 0; i < length; i++)
            p9_add(w, 1, fuzz_take(input, 1));
        return;
    }
    const char *name = names[choice % (choice < 0xc0 ? 8 : ARRAY_SIZE(names))];
    p9_add(w, 2, strlen(name));
    for (; *name != '\0'; name++)
        p9_add(w, 1, (uint8_t)*name);
}

static inline void p9_add_number(struct p9_writer *w, struct fuzz_input *input, unsigned size)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    uint64_t value = choice < 0xc0 ? choice : choice < 0xf0 ? fuzz_take(input, 2) : fuzz_take(input, size);
    p9_add(w, size, choice == 0xef ? UINT64_MAX : value);
}

static inline void p9_add_field(struct p9_writer *w, struct fuzz_input *input, char field)
{
    unsigned count;
    switch (field) {
    case 'f': p9_add(w, 4, fuzz_take(input, 1) % 12); break;
    case 'u': p9_add(w, 4, UINT32_MAX); break;
    case 'n': p9_add_name(w, input); break;
    case 'w':
        count = (unsigned)fuzz_take(input, 1) % 18;
        p9_add(w, 2, count);
        for (unsigned i = 0; i < count; i++)
            p9_add_name(w, input);
        break;
    case 'd':
        count = (unsigned)fuzz_take(input, 1);
        p9_add(w, 4, count == 0xff ? UINT32_MAX : count);
        for (unsigned i = 0; i < count; i++)
            p9_add(w, 1, i);
        break;
    case 'v':
        p9_add(w, 4, fuzz_take(input, 1) << 8);
        p9_add(w, 2, 8);
        for (const char *c = "9P2000.L"; *c != '\0'; c++)
            p9_add(w, 1, (uint8_t)*c);
        break;
    default: p9_add_number(w, input, (unsigned)(field - '0')); break;
    }
}

/* Returns the bytes of a message, 7 to P9_FUZZ_BYTES; what its size field says may be another number. */
static inline size_t p9_fuzz_message(struct fuzz_input *input, uint8_t *bytes)
{
    struct p9_writer w = {bytes, 4};
    unsigned choice = (unsigned)fuzz_take(input, 1);
    const struct p9_form *form = &p9_forms[choice % ARRAY_SIZE(p9_forms)];
    p9_add(&w, 1, choice >= 0xfc ? fuzz_take(input, 1) : form->type);
    p9_add(&w, 2, fuzz_take(input, 1));
    for (const char *field = form->fields; *field != '\0'; field++)
        p9_add_field(&w, input, *field);
    unsigned broken = (unsigned)fuzz_take(input, 1);
    if (broken >= 0xf0 && w.used > 7)
        w.used -= fuzz_take(input, 1) % (w.used - 6);
    little_put(bytes, 4, broken == 0xef ? fuzz_take(input, 4) : w.used);
    return w.used;
}

#endif
