/* SPDX-License-Identifier: MIT */
#include "grade/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void grade_buffer_destroy(struct grade_buffer *b)
{
    free(b->bytes);
    *b = (struct grade_buffer){.bytes = NULL};
}

const char *grade_buffer_text(const struct grade_buffer *b)
{
    return b->bytes != NULL ? b->bytes : "";
}

static bool make_room(struct grade_buffer *b, size_t more)
{
    if (b->bytes != NULL && more < b->capacity - b->length)
        return true;
    size_t capacity = (b->length + more + 64) * 2;
    char *grown = realloc(b->bytes, capacity);
    if (grown == NULL) {
        b->failed = true;
        return false;
    }
    b->bytes = grown;
    b->capacity = capacity;
    return true;
}

void grade_buffer_add(struct grade_buffer *b, const void *bytes, size_t length)
{
    if (!make_room(b, length))
        return;
    if (length > 0)
        memcpy(b->bytes + b->length, bytes, length);
    b->length += length;
    b->bytes[b->length] = '\0';
}

void grade_buffer_print(struct grade_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !make_room(b, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(b->bytes + b->length, (size_t)length + 1, format, args);
    va_end(args);
    b->length += (size_t)length;
}

/* The bytes of the character at the start, 0 if it is no valid UTF-8 (or nothing to print: controls, surrogates, what is no
 * character). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > left)
        return 0;
    uint32_t code = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    bool character = code >= least[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    bool turns_text = (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                      (code >= 0x2066 && code <= 0x2069); /* and would show a line as another than it is */
    return character && !turns_text && (code & 0xfffe) != 0xfffe ? length : 0;
}

static void add_escaped(struct grade_buffer *b, unsigned char c)
{
    static const char controls[] = "\n\r\t", letters[] = "nrt";
    const char *known = c != '\0' ? strchr(controls, c) : NULL;
    if (known != NULL)
        grade_buffer_print(b, "\\%c", letters[known - controls]);
    else
        grade_buffer_print(b, "\\x%02x", c);
}

void grade_buffer_add_shown(struct grade_buffer *b, const char *bytes, size_t length, bool keep_lines)
{
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0; i < length;) {
        bool plain = (s[i] >= ' ' && s[i] < 0x7f) || (keep_lines && (s[i] == '\n' || s[i] == '\t'));
        size_t taken = plain ? 1 : utf8_length(s + i, length - i);
        if (taken > 0)
            grade_buffer_add(b, s + i, taken);
        else
            add_escaped(b, s[i]);
        i += taken > 0 ? taken : 1;
    }
}
