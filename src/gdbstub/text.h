/* SPDX-License-Identifier: MIT */
/* The text of packets, by pieces: what came is read behind a cursor, what goes is written into a bounded reply. Numbers are
 * hexadecimal; bytes are pairs of digits, or raw with '}' before what frames use themselves. */
#ifndef MICROVM_GDBSTUB_TEXT_H
#define MICROVM_GDBSTUB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* The longest packet in either direction, without its frame: PacketSize of qSupported. */
#define GDB_PACKET_BYTES 16384

/* What is left of a packet. */
struct gdb_text {
    const uint8_t *at, *end;
};

static inline size_t gdb_text_left(const struct gdb_text *text)
{
    return (size_t)(text->end - text->at);
}

/* Each takes what its name says from the front; false: it does not stand there, and nothing is taken. */
bool gdb_take(struct gdb_text *text, const char *word);
bool gdb_take_number(struct gdb_text *text, uint64_t *value);               /* 1 to 16 digits */
bool gdb_take_hex(struct gdb_text *text, uint8_t *bytes, size_t count);     /* 2 digits for each */
size_t gdb_take_binary(struct gdb_text *text, uint8_t *bytes, size_t size); /* to the end, at most size; how many */

/* Up to the separator, which is taken, too, or to the end. */
struct gdb_text gdb_take_until(struct gdb_text *text, char separator);

/* "ADDRESS,LENGTH", as many packets have it. */
bool gdb_take_range(struct gdb_text *text, uint64_t *address, uint64_t *length);

struct gdb_reply {
    size_t used;
    bool overflow; /* something did not fit, and was left out */
    char bytes[GDB_PACKET_BYTES];
};

static inline size_t gdb_reply_room(const struct gdb_reply *reply)
{
    return sizeof reply->bytes - reply->used;
}

void gdb_reply_print(struct gdb_reply *reply, const char *format, ...) PRINTF_FORMAT(2, 3);
void gdb_reply_hex(struct gdb_reply *reply, const void *bytes, size_t count);

/* Escaped; stops where the reply is full. Returns how many bytes of data went in. */
size_t gdb_reply_binary(struct gdb_reply *reply, const void *bytes, size_t count);

#endif
