/* SPDX-License-Identifier: MIT */
#include "machine/typing.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "base/nearest.h"

#define NAME_BYTES 32u

static const struct {
    const char *name;
    uint16_t code;
} keys[] = {
#define KEY(id, code, name) {name, code},
#include "virtio/input_keys.def"
#undef KEY
    {"enter", 28},   {"space", 57},     {"print", 99}, {"capslock", 58}, {"numlock", 69}, {"scrolllock", 70},
    {"pageup", 104}, {"pagedown", 109}, {"win", 125},  {"altgr", 100},   {"escape", 1},
};

enum { KEY_TAB = 15, KEY_ENTER = 28, KEY_BACKSLASH = 43, KEY_LEFTSHIFT = 42, KEY_SPACE = 57, KEY_ESC = 1 };

/* The keys of a US keyboard that make characters, by runs of codes: what they make alone, and with Shift. */
static const struct {
    uint16_t first;
    const char *plain, *shifted;
} runs[] = {
    {2, "1234567890-=", "!@#$%^&*()_+"},
    {16, "qwertyuiop[]", "QWERTYUIOP{}"},
    {30, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    {KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
    {KEY_SPACE, " ", ""},
    {KEY_TAB, "\t", ""},
    {KEY_ENTER, "\n", ""},
    {KEY_ESC, "\033", ""},
};

const char *typing_key_name(unsigned n)
{
    return n < ARRAY_SIZE(keys) ? keys[n].name : NULL;
}

/* 0: there is no such key. */
static uint16_t key_code(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].code;
    return 0;
}

static bool unknown_key(const char *name, struct error *err)
{
    struct nearest nearest = {.typed = name};
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        nearest_offer(&nearest, keys[i].name);
    if (nearest.best != NULL)
        return error_set(err, "there is no key '%s'; did you mean %s?", name, nearest.best);
    return error_set(err, "there is no key '%s'; known are a to z, 0 to 9, ret, spc, esc, f1, ctrl, alt, shift, ...",
                     name);
}

static bool has_room(const struct typing *typing, unsigned actions, struct error *err)
{
    return typing->count + actions <= TYPING_ACTIONS || error_set(err, "too much to type at once");
}

static void add(struct typing *typing, uint16_t code, bool pressed, uint32_t after_us)
{
    typing->actions[typing->count++] = (struct key_action){.after_us = after_us, .code = code, .pressed = pressed};
}

/* All down at once, and up again in reverse. */
static void add_chord(struct typing *typing, const uint16_t *codes, unsigned count, uint32_t after_us, uint32_t hold_us)
{
    for (unsigned i = 0; i < count; i++)
        add(typing, codes[i], true, i == 0 ? after_us : 0);
    for (unsigned i = count; i-- > 0;)
        add(typing, codes[i], false, i == count - 1 ? hold_us : 0);
}

/* The next name of a chord; *keys then stands behind it and its dash, or is NULL. */
static bool take_name(const char **text, char name[NAME_BYTES], struct error *err)
{
    size_t length = strcspn(*text, "-");
    snprintf(name, NAME_BYTES, "%.*s", (int)(length < NAME_BYTES ? length : NAME_BYTES - 1), *text);
    *text = (*text)[length] == '-' ? *text + length + 1 : NULL;
    return length != 0 ||
           error_set(err, "a name of a key is missing; the dash between keys is no key itself: minus is");
}

bool typing_add_keys(struct typing *typing, const char *text, uint32_t hold_ms, struct error *err)
{
    uint16_t codes[TYPING_CHORD];
    char name[NAME_BYTES];
    unsigned count = 0;
    while (text != NULL) {
        if (!take_name(&text, name, err))
            return false;
        if (count == TYPING_CHORD)
            return error_set(err, "more than %u keys at once", TYPING_CHORD);
        codes[count] = key_code(name);
        if (codes[count++] == 0)
            return unknown_key(name, err);
    }
    if (!has_room(typing, 2 * count, err))
        return false;
    add_chord(typing, codes, count, hold_ms * 1000, hold_ms * 1000);
    return true;
}

/* The place of a character in a run; NULL: it is not there. */
static const char *find(const char *run, char c)
{
    return c != '\0' ? strchr(run, c) : NULL;
}

/* 0: no key makes it. */
static uint16_t key_of(char c, bool *shift)
{
    for (unsigned i = 0; i < ARRAY_SIZE(runs); i++) {
        const char *plain = find(runs[i].plain, c), *shifted = find(runs[i].shifted, c);
        *shift = shifted != NULL;
        if (plain != NULL)
            return (uint16_t)(runs[i].first + (plain - runs[i].plain));
        if (shifted != NULL)
            return (uint16_t)(runs[i].first + (shifted - runs[i].shifted));
    }
    return 0;
}

static bool add_character(struct typing *typing, char c, struct error *err)
{
    bool shift;
    uint16_t code = key_of(c, &shift), chord[] = {KEY_LEFTSHIFT, code};
    if (code == 0)
        return error_set(err, "no key of a US keyboard makes the byte 0x%02x", (unsigned char)c);
    if (!has_room(typing, 4, err))
        return false;
    add_chord(typing, shift ? chord : chord + 1, shift ? 2 : 1, TYPING_TEXT_US, 0);
    return true;
}

/* The character that stands behind a backslash, or 0. */
static char unescaped(char c)
{
    static const char letters[] = "nte\\", meanings[] = "\n\t\033\\";
    const char *at = find(letters, c);
    return at != NULL ? meanings[at - letters] : '\0';
}

static bool add_text(struct typing *typing, const char *text, bool escapes, struct error *err)
{
    for (; *text != '\0'; text++) {
        char c = *text;
        if (escapes && c == '\\') {
            c = unescaped(*++text);
            if (c == '\0')
                return error_set(err, "a backslash stands before n, t, e or another backslash");
        }
        if (!add_character(typing, c, err))
            return false;
    }
    return true;
}

bool typing_add_text(struct typing *typing, const char *text, bool escapes, struct error *err)
{
    unsigned before = typing->count;
    if (add_text(typing, text, escapes, err))
        return true;
    typing->count = before;
    return false;
}

/* Saved. */

enum { SAVED_AFTER = 0, SAVED_CODE = 4, SAVED_PRESSED = 6, SAVED_BYTES = 8 };

size_t typing_saved_bytes(const struct typing *typing)
{
    return SAVED_BYTES * typing->count;
}

void typing_save(const struct typing *typing, uint8_t *bytes)
{
    memset(bytes, 0, typing_saved_bytes(typing));
    for (size_t i = 0; i < typing->count; i++, bytes += SAVED_BYTES) {
        little_put(bytes + SAVED_AFTER, 4, typing->actions[i].after_us);
        little_put(bytes + SAVED_CODE, 2, typing->actions[i].code);
        bytes[SAVED_PRESSED] = typing->actions[i].pressed;
    }
}

bool typing_check(const uint8_t *bytes, size_t count, struct error *err)
{
    bool ok = count % SAVED_BYTES == 0 && count / SAVED_BYTES <= TYPING_ACTIONS;
    for (size_t at = 0; ok && at < count; at += SAVED_BYTES)
        ok = bytes[at + SAVED_PRESSED] <= 1;
    return ok || error_set(err, "saved state: what is to be typed is not legal");
}

bool typing_load(struct typing *typing, const uint8_t *bytes, size_t count)
{
    typing->count = count / SAVED_BYTES;
    for (size_t i = 0; i < typing->count; i++, bytes += SAVED_BYTES)
        typing->actions[i] = (struct key_action){.after_us = (uint32_t)little_get(bytes + SAVED_AFTER, 4),
                                                 .code = (uint16_t)little_get(bytes + SAVED_CODE, 2),
                                                 .pressed = bytes[SAVED_PRESSED]};
    return true;
}
