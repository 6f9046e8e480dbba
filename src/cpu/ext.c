/* SPDX-License-Identifier: MIT */
#include "cpu/ext.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"

static const struct ext_info infos[] = {
#define EXT(id, name, on, needs, announced, tag) {name, on, EXT_##needs, EXT_##announced},
#include "cpu/ext.def"
#undef EXT
};

const struct ext_info *ext_info(enum ext id)
{
    return &infos[id];
}

/* norm:misa_b_op: the letter is the three together, no more and no less. */
static void derive_b(struct ext_set *set)
{
    set->has[EXT_B] = set->has[EXT_zba] && set->has[EXT_zbb] && set->has[EXT_zbs];
}

/* Sha is a name for H and these together; Smstateen brings Ssstateen's registers along. */
static void derive_sha(struct ext_set *set)
{
    static const uint8_t parts[] = {EXT_H,        EXT_shcounterenw, EXT_shgatpa,  EXT_shtvala,
                                    EXT_shvsatpa, EXT_shvstvala,    EXT_shvstvecd};
    bool state_enables = set->has[EXT_ssstateen] || set->has[EXT_smstateen];
    set->has[EXT_sha] = set->has[EXT_sha] && state_enables;
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
        set->has[EXT_sha] = set->has[EXT_sha] && set->has[parts[i]];
}

/* norm:misa_extensions_dependencies: what needs something absent goes with it. Needs point at any row, so repeat until
 * nothing changes. */
static void drop_unsupported(struct ext_set *set)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (unsigned i = 0; i < EXT_COUNT; i++) {
            if (!set->has[i] || set->has[infos[i].needs])
                continue;
            set->has[i] = false;
            changed = true;
        }
    }
    derive_b(set);
    derive_sha(set);
    /* The interrupt that it delegates is Sscofpmf's. */
    set->has[EXT_shlcofideleg] = set->has[EXT_shlcofideleg] && set->has[EXT_sscofpmf];
}

struct ext_set ext_set_default(void)
{
    struct ext_set set;
    for (unsigned i = 0; i < EXT_COUNT; i++)
        set.has[i] = infos[i].on_by_default;
    drop_unsupported(&set);
    return set;
}

static bool find(const char *word, size_t length, enum ext *out)
{
    for (unsigned i = 0; i < EXT_COUNT; i++) {
        if (strlen(infos[i].name) != length || memcmp(infos[i].name, word, length) != 0)
            continue;
        *out = (enum ext)i;
        return true;
    }
    return false;
}

static bool unknown(const char *word, size_t length, struct error *err)
{
    char known[768] = "";
    for (unsigned i = 1; i < EXT_COUNT; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? " " : "", infos[i].name);
    }
    return error_set(err, "--cpu: no extension is called '%.*s'; known are: %s", (int)(length < 64 ? length : 64), word,
                     known);
}

static void apply(struct ext_set *set, enum ext id, bool on)
{
    set->has[id] = on;
    if (id == EXT_B)
        set->has[EXT_zba] = set->has[EXT_zbb] = set->has[EXT_zbs] = on;
}

/* "on" or "off" behind a '='; no '=' means on. */
static bool parse_value(const char *word, size_t length, const char *value, size_t value_length, bool *on,
                        struct error *err)
{
    *on = value == NULL || (value_length == 2 && memcmp(value, "on", 2) == 0);
    if (*on || (value_length == 3 && memcmp(value, "off", 3) == 0))
        return true;
    return error_set(err, "--cpu: '%.*s' wants on or off, not '%.*s'", (int)(length < 64 ? length : 64), word,
                     (int)(value_length < 64 ? value_length : 64), value);
}

static bool parse_word(struct ext_set *set, const char *word, size_t length, struct error *err)
{
    const char *equals = memchr(word, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - word);
    enum ext id;
    bool on;
    if (!find(word, name_length, &id))
        return unknown(word, name_length, err);
    const char *value = equals == NULL ? NULL : equals + 1;
    if (!parse_value(word, name_length, value, length - name_length - (equals != NULL), &on, err))
        return false;
    if (id == EXT_I && !on)
        return error_set(err, "--cpu: 'i' is the base and cannot be switched off");
    apply(set, id, on);
    return true;
}

bool ext_set_parse(struct ext_set *set, const char *text, struct error *err)
{
    struct ext_set result = *set;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        if (!parse_word(&result, text, length, err))
            return false;
        text += length;
        text += *text == ',';
    }
    drop_unsupported(&result);
    *set = result;
    return true;
}

/* Appends to out at *used, keeping it terminated; false if it does not fit. */
static bool append(char *out, size_t size, size_t *used, const char *text)
{
    size_t length = strlen(text);
    if (length >= size - *used)
        return false;
    memcpy(out + *used, text, length + 1);
    *used += length;
    return true;
}

/* The rows stand in the order of the ISA string: letters, then z names, then s names. */
bool ext_isa_string(const struct ext_set *set, char *out, size_t size)
{
    size_t used = 0;
    if (size == 0 || !append(out, size, &used, "rv64"))
        return false;
    for (unsigned i = 0; i < EXT_COUNT; i++) {
        bool letter = infos[i].announced == EXT_LETTER, named = infos[i].announced == EXT_NAME;
        if (!set->has[i] || (!letter && !named))
            continue;
        if ((named && !append(out, size, &used, "_")) || !append(out, size, &used, infos[i].name))
            return false;
    }
    return true;
}

uint64_t ext_misa(const struct ext_set *set)
{
    uint64_t letters = 0;
    for (unsigned i = 0; i < EXT_COUNT; i++)
        if (set->has[i] && (infos[i].announced == EXT_LETTER || infos[i].announced == EXT_MODE))
            letters |= BIT(infos[i].name[0] - 'a');
    return letters;
}
