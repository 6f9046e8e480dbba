/* SPDX-License-Identifier: MIT */
#include "gdbstub/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ESCAPE 0x20 /* what an escaped byte is changed by */

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool gdb_take(struct gdb_text *text, const char *word)
{
    size_t length = strlen(word);
    if (gdb_text_left(text) < length || memcmp(text->at, word, length) != 0)
        return false;
    text->at += length;
    return true;
}

bool gdb_take_number(struct gdb_text *text, uint64_t *value)
{
    const uint8_t *at = text->at;
    uint64_t number = 0;
    while (at < text->end && digit_of(*at) >= 0)
        number = number << 4 | (unsigned)digit_of(*at++);
    if (at == text->at || at - text->at > 16)
        return false;
    text->at = at;
    *value = number;
    return true;
}

bool gdb_take_hex(struct gdb_text *text, uint8_t *bytes, size_t count)
{
    if (gdb_text_left(text) / 2 < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = digit_of(text->at[2 * i]), low = digit_of(text->at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    text->at += 2 * count;
    return true;
}

size_t gdb_take_binary(struct gdb_text *text, uint8_t *bytes, size_t size)
{
    size_t count = 0;
    while (text->at < text->end && count < size) {
        uint8_t byte = *text->at++;
        if (byte == '}' && text->at < text->end)
            byte = *text->at++ ^ ESCAPE;
        bytes[count++] = byte;
    }
    return count;
}

struct gdb_text gdb_take_until(struct gdb_text *text, char separator)
{
    const uint8_t *found = text->at < text->end ? memchr(text->at, separator, gdb_text_left(text)) : NULL;
    struct gdb_text piece = {text->at, found != NULL ? found : text->end};
    text->at = found != NULL ? found + 1 : text->end;
    return piece;
}

bool gdb_take_range(struct gdb_text *text, uint64_t *address, uint64_t *length)
{
    return gdb_take_number(text, address) && gdb_take(text, ",") && gdb_take_number(text, length);
}

void gdb_reply_print(struct gdb_reply *reply, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(reply->bytes + reply->used, gdb_reply_room(reply), format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= gdb_reply_room(reply))
        reply->overflow = true;
    else
        reply->used += (size_t)length;
}

void gdb_reply_hex(struct gdb_reply *reply, const void *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    if (gdb_reply_room(reply) / 2 < count) {
        reply->overflow = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        reply->bytes[reply->used++] = digits[from[i] >> 4];
        reply->bytes[reply->used++] = digits[from[i] & 15];
    }
}

static bool is_special(uint8_t byte)
{
    return byte == '#' || byte == '$' || byte == '}' || byte == '*';
}

size_t gdb_reply_binary(struct gdb_reply *reply, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < count; i++) {
        if (gdb_reply_room(reply) < 2)
            return i;
        if (is_special(from[i])) {
            reply->bytes[reply->used++] = '}';
            reply->bytes[reply->used++] = (char)(from[i] ^ ESCAPE);
        } else {
            reply->bytes[reply->used++] = (char)from[i];
        }
    }
    return count;
}
