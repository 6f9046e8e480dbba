/* SPDX-License-Identifier: MIT */
#include "host/console/filter.h"

#include <limits.h>
#include <string.h>

#include "base/compiler.h"

/* The parser follows the state machine that terminals share (ECMA-48's C0, ESC, CSI and control strings). C1 controls count
 * in both spellings, as a single byte and as two bytes of UTF-8; the same bytes inside another UTF-8 character do not. */
enum { BEL = 0x07, LF = 0x0a, CR = 0x0d, CAN = 0x18, SUB = 0x1a, ESC = 0x1b, DEL = 0x7f };
enum { C1_FIRST = 0x80, C1_CSI = 0x9b, C1_ST = 0x9c, C1_LAST = 0x9f, C2 = 0xc2 };

#define NO_NUMBER UINT_MAX
#define LARGEST_NUMBER 100000

enum {
#define MODE(id, number, on, undo) MODE_##id,
#include "host/console/filter_modes.def"
#undef MODE
    MODE_COUNT
};

static const struct mode {
    unsigned number;
    bool on_by_itself;
    const char *undo;
} modes[] = {
#define MODE(id, number, on, undo) {number, on, undo},
#include "host/console/filter_modes.def"
#undef MODE
};

_Static_assert(MODE_COUNT <= 32, "struct filter keeps a bit for each mode");

struct sink {
    uint8_t *bytes; /* NULL: the parser only watches */
    size_t count;
};

static void put(struct sink *out, uint8_t byte)
{
    if (out->bytes != NULL)
        out->bytes[out->count++] = byte;
}

static void set_mode(struct filter *f, unsigned mode, bool changed)
{
    uint32_t bit = UINT32_C(1) << mode;
    f->modes = changed ? f->modes | bit : f->modes & ~bit;
}

static void begin_csi(struct filter *f)
{
    f->state = FILTER_CSI;
    f->private_csi = false;
    f->number = 0;
    f->number_count = 0;
}

static void begin_string(struct filter *f, uint8_t introducer)
{
    f->state = FILTER_STRING;
    f->introducer = introducer;
    set_mode(f, MODE_string, f->keep_strings);
}

static void end_string(struct filter *f)
{
    f->state = FILTER_GROUND;
    set_mode(f, MODE_string, false);
}

static void push_number(struct filter *f)
{
    if (f->number_count < ARRAY_SIZE(f->numbers))
        f->numbers[f->number_count++] = f->number;
    f->number = 0;
}

static void switch_modes(struct filter *f, bool on)
{
    for (unsigned i = 0; i < f->number_count; i++)
        for (unsigned m = 0; m < MODE_COUNT; m++)
            if (modes[m].number == f->numbers[i])
                set_mode(f, m, on != modes[m].on_by_itself);
}

static void finish_csi(struct filter *f, uint8_t final)
{
    push_number(f);
    f->state = FILTER_GROUND;
    bool plain = f->number_count == 1 && f->numbers[0] == 0;
    if (f->private_csi && (final == 'h' || final == 'l'))
        switch_modes(f, final == 'h');
    if (!f->private_csi && final == 'm')
        set_mode(f, MODE_style, !plain);
    if (!f->private_csi && final == 'r')
        set_mode(f, MODE_region, !plain);
}

static void feed_csi(struct filter *f, uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        f->number = f->number < LARGEST_NUMBER ? f->number * 10 + (byte - '0') : f->number;
    else if (byte == ';' || byte == ':')
        push_number(f);
    else if (byte == '?')
        f->private_csi = true;
    else if (byte >= 0x40 && byte < DEL)
        finish_csi(f, byte);
    else if (byte == CAN || byte == SUB)
        f->state = FILTER_GROUND;
}

static bool begins_string(uint8_t byte)
{
    return byte == 'P' || byte == 'X' || byte == ']' || byte == '^' || byte == '_';
}

/* The state behind ESC byte, which has passed. */
static void finish_escape(struct filter *f, uint8_t byte)
{
    f->state = FILTER_GROUND;
    if (byte == '[')
        begin_csi(f);
    else if (byte >= 0x20 && byte <= 0x2f)
        f->state = FILTER_INTERMEDIATE;
    if (byte == '=' || byte == '>')
        set_mode(f, MODE_keypad, byte == '=');
    if (byte == '(')
        set_mode(f, MODE_charset, true);
    if (byte == 'c')
        f->modes = 0;
}

/* ESC is held back, and byte follows. */
static void feed_escape(struct filter *f, uint8_t byte, struct sink *out)
{
    if (byte == ESC || byte == DEL)
        return;
    if (byte < 0x20) { /* a control in the midst of a sequence acts at once and leaves the sequence as it is */
        put(out, byte);
        if (byte == CAN || byte == SUB)
            f->state = FILTER_GROUND;
        return;
    }
    if (begins_string(byte)) {
        begin_string(f, byte);
        return;
    }
    put(out, ESC);
    put(out, byte);
    finish_escape(f, byte);
}

static void feed_string_escape(struct filter *f, uint8_t byte, struct sink *out)
{
    end_string(f);
    if (byte == '\\') /* the proper end */
        return;
    f->state = FILTER_ESCAPE; /* cut off by another sequence */
    feed_escape(f, byte, out);
}

/* A string that is dropped may end too early, never too late: what follows is filtered like all else. Only a DCS may hold
 * line ends (sixel pictures do). */
static void feed_string(struct filter *f, uint8_t byte, struct sink *out)
{
    if (byte == ESC) {
        f->state = FILTER_STRING_ESCAPE;
        return;
    }
    bool line_end = (byte == LF || byte == CR) && f->introducer != 'P';
    bool bell = byte == BEL && f->introducer == ']';
    if (line_end || bell || byte == CAN || byte == SUB)
        end_string(f);
    if (line_end)
        put(out, byte);
}

static void feed_ascii(struct filter *f, uint8_t byte, struct sink *out)
{
    if (f->state == FILTER_STRING) {
        feed_string(f, byte, out);
    } else if (f->state == FILTER_STRING_ESCAPE) {
        feed_string_escape(f, byte, out);
    } else if (f->state == FILTER_ESCAPE) {
        feed_escape(f, byte, out);
    } else if (byte == ESC) {
        f->state = FILTER_ESCAPE;
    } else {
        put(out, byte);
        if (f->state == FILTER_CSI)
            feed_csi(f, byte);
        else if (f->state == FILTER_INTERMEDIATE && byte >= 0x30)
            f->state = FILTER_GROUND;
    }
}

static void feed_text(struct filter *f, uint8_t byte, struct sink *out)
{
    if (f->state == FILTER_STRING || f->state == FILTER_STRING_ESCAPE) {
        f->state = FILTER_STRING;
        return;
    }
    if (f->state == FILTER_ESCAPE)
        put(out, ESC);
    f->state = FILTER_GROUND;
    put(out, byte);
}

/* A C1 control: ESC (c1 - 0x40) in one character; two says that it came as two bytes. */
static void feed_c1(struct filter *f, uint8_t c1, bool two, struct sink *out)
{
    bool in_string = f->state == FILTER_STRING || f->state == FILTER_STRING_ESCAPE;
    bool begins = begins_string(c1 - 0x40);
    if (in_string)
        end_string(f);
    f->state = FILTER_GROUND; /* a sequence, with an ESC held back, ends here unfinished */
    if (!begins && !(in_string && c1 == C1_ST)) {
        if (two)
            put(out, C2);
        put(out, c1);
    }
    if (begins)
        begin_string(f, c1 - 0x40);
    else if (c1 == C1_CSI)
        begin_csi(f);
}

/* The first byte of a longer UTF-8 character: how many follow, and between which bounds the next one lies. */
static void expect_utf8(struct filter *f, uint8_t lead)
{
    f->utf8_left = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    f->utf8_low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    f->utf8_high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
}

static bool continues_utf8(struct filter *f, uint8_t byte)
{
    if (f->utf8_left == 0)
        return false;
    bool fits = byte >= f->utf8_low && byte <= f->utf8_high;
    f->utf8_left = fits ? f->utf8_left - 1 : 0;
    f->utf8_low = 0x80;
    f->utf8_high = 0xbf;
    return fits;
}

static void feed(struct filter *f, uint8_t byte, struct sink *out)
{
    if (f->held_c2) {
        f->held_c2 = false;
        if (byte >= C1_FIRST && byte <= C1_LAST) {
            feed_c1(f, byte, true, out);
            return;
        }
        feed_text(f, C2, out);
        expect_utf8(f, C2);
    }
    if (continues_utf8(f, byte)) {
        feed_text(f, byte, out);
    } else if (byte < C1_FIRST) {
        feed_ascii(f, byte, out);
    } else if (byte <= C1_LAST) {
        feed_c1(f, byte, false, out);
    } else if (byte == C2) {
        f->held_c2 = true;
    } else {
        feed_text(f, byte, out);
        if (byte > C2 && byte <= 0xf4)
            expect_utf8(f, byte);
    }
}

size_t filter_bytes(struct filter *filter, const uint8_t *in, size_t count, uint8_t *out)
{
    struct sink sink = {filter->keep_strings ? NULL : out, 0};
    for (size_t i = 0; i < count; i++)
        feed(filter, in[i], &sink);
    if (!filter->keep_strings)
        return sink.count;
    memcpy(out, in, count);
    return count;
}

size_t filter_undo(uint32_t changed, char out[FILTER_UNDO_BYTES])
{
    size_t used = 0;
    for (unsigned m = 0; m < MODE_COUNT; m++) {
        if ((changed >> m & 1) == 0)
            continue;
        size_t length = strlen(modes[m].undo);
        if (length > FILTER_UNDO_BYTES - used)
            break;
        memcpy(out + used, modes[m].undo, length);
        used += length;
    }
    return used;
}
