/* SPDX-License-Identifier: MIT */
#include "observe/trace_filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/nearest.h"
#include "cpu/hart.h"
#include "host/option_text.h"

#define KNOWN "pc=FIRST-LAST, symbol=NAME, priv=MSU, v=0|1, hart=N"
#define SHOWN 200
#define MAX_HARTS 64
/* No symbol is taken to be longer. */
#define SYMBOL_BYTES_MAX (UINT64_C(1) << 24)

/* What a text says so far. */
struct reading {
    struct trace_filter *filter;
    const struct symbols *symbols;
    unsigned privs; /* a bit for each */
    bool virt[2];   /* whether V = 0, V = 1 pass */
    struct error *err;
};

static bool number(const char *text, const char **end, uint64_t *out)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    size_t count = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    errno = 0;
    *out = strtoull(digits, NULL, hex ? 16 : 10);
    *end = digits + count;
    return count > 0 && errno == 0;
}

static bool add_range(struct reading *r, uint64_t first, uint64_t last)
{
    struct trace_filter *f = r->filter;
    if (f->ranges == TRACE_FILTER_RANGES)
        return error_set(r->err, "--trace-filter: more than %u of pc and symbol", TRACE_FILTER_RANGES);
    f->range[f->ranges].first = first;
    f->range[f->ranges++].last = last;
    return true;
}

static bool set_pc(struct reading *r, const char *value)
{
    const char *end;
    uint64_t first, last;
    bool ok = number(value, &end, &first);
    last = first;
    if (ok && *end == '-')
        ok = number(end + 1, &end, &last);
    if (!ok || *end != '\0' || last < first)
        return error_set(r->err, "--trace-filter: 'pc=%.*s' is no range of addresses: pc=0x80000000-0x80000fff, or one",
                         SHOWN, value);
    return add_range(r, first, last);
}

/* The last address that the symbol at start holds: those that it holds follow one another. */
static uint64_t symbol_last(const struct symbols *symbols, uint64_t start)
{
    struct symbol_place place;
    uint64_t last = 0, step = SYMBOL_BYTES_MAX;
    for (; step > 0; step /= 2)
        if (symbols_at(symbols, start + last + step, &place) && place.start == start)
            last += step;
    return start + last;
}

static bool set_symbol(struct reading *r, const char *value)
{
    uint64_t start;
    if (r->symbols == NULL || !symbols_value(r->symbols, value, &start))
        return error_set(r->err, "--trace-filter: there is no symbol '%.*s'", SHOWN, value);
    return add_range(r, start, symbol_last(r->symbols, start));
}

static bool set_priv(struct reading *r, const char *value)
{
    static const struct {
        char letter;
        enum priv priv;
    } letters[] = {{'M', PRIV_M}, {'S', PRIV_S}, {'U', PRIV_U}};
    for (const char *c = value; *c != '\0'; c++) {
        unsigned i = 0;
        while (i < ARRAY_SIZE(letters) && letters[i].letter != (*c & ~0x20))
            i++;
        if (i == ARRAY_SIZE(letters))
            return error_set(r->err, "--trace-filter: 'priv=%.*s' has other letters than M, S and U", SHOWN, value);
        r->privs |= 1u << letters[i].priv;
    }
    return value[0] != '\0' || error_set(r->err, "--trace-filter: priv= wants letters of M, S and U");
}

static bool set_virt(struct reading *r, const char *value)
{
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return error_set(r->err, "--trace-filter: 'v=%.*s' is neither v=0 nor v=1", SHOWN, value);
    return r->virt[value[0] - '0'] = true;
}

static bool set_hart(struct reading *r, const char *value)
{
    const char *end;
    uint64_t hart;
    if (!number(value, &end, &hart) || *end != '\0' || hart >= MAX_HARTS)
        return error_set(r->err, "--trace-filter: 'hart=%.*s' is no hart from 0 to %u", SHOWN, value, MAX_HARTS - 1);
    r->filter->harts |= BIT(hart);
    return true;
}

static bool apply(struct reading *r, const char *part)
{
    static const struct {
        const char *name;
        bool (*set)(struct reading *r, const char *value);
    } rows[] = {{"pc", set_pc}, {"symbol", set_symbol}, {"priv", set_priv}, {"v", set_virt}, {"hart", set_hart}};
    char typed[32];
    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(part, "="), part);
    struct nearest nearest = {.typed = typed};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *value = option_text_value(part, rows[i].name);
        if (value != NULL)
            return rows[i].set(r, value);
        nearest_offer(&nearest, rows[i].name);
    }
    if (nearest.best != NULL)
        return error_set(r->err, "--trace-filter: unknown '%.*s'; did you mean %s=?", SHOWN, part, nearest.best);
    return error_set(r->err, "--trace-filter: unknown '%.*s'; known are " KNOWN, SHOWN, part);
}

/* What was not said lets all through. */
static void complete(struct reading *r)
{
    struct trace_filter *f = r->filter;
    bool any_virt = !r->virt[0] && !r->virt[1];
    unsigned privs = r->privs != 0 ? r->privs : BITS(PRIV_M, PRIV_U);
    f->modes = (uint8_t)(((any_virt || r->virt[0]) ? privs : 0) | ((any_virt || r->virt[1]) ? privs << 4 : 0));
    if (f->harts == 0)
        f->harts = UINT64_MAX;
}

bool trace_filter_parse(const char *text, const struct symbols *symbols, struct trace_filter *filter, struct error *err)
{
    struct reading r = {.filter = filter, .symbols = symbols, .err = err};
    *filter = (struct trace_filter){0};
    char part[256];
    while (text != NULL)
        if (!option_text_next(&text, part, sizeof part, "--trace-filter: a part", err) || !apply(&r, part))
            return false;
    complete(&r);
    return true;
}

static bool mode_passes(const struct trace_filter *f, uint8_t mode)
{
    return f->modes >> (mode & 7) & 1;
}

bool trace_filter_passes(const struct trace_filter *f, const struct trace_record *record)
{
    bool changes_mode = record->type == RECORD_TRAP || record->type == RECORD_XRET;
    if (!(f->harts >> (record->hart % MAX_HARTS) & 1))
        return false;
    if (!mode_passes(f, record->mode) && !(changes_mode && mode_passes(f, record->to_mode)))
        return false;
    for (unsigned i = 0; i < f->ranges; i++)
        if (record->pc >= f->range[i].first && record->pc <= f->range[i].last)
            return true;
    return f->ranges == 0;
}
