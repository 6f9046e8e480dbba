/* SPDX-License-Identifier: MIT */
#include "gdbstub/frame.h"

#include <stdio.h>
#include <string.h>

static void begin(struct gdb_frame *frame)
{
    frame->state = GDB_IN_DATA;
    frame->used = 0;
    frame->sum = 0;
}

static enum gdb_frame_event between(struct gdb_frame *frame, uint8_t byte)
{
    switch (byte) {
    case '$': begin(frame); return GDB_FRAME_NOTHING;
    case '-': return GDB_FRAME_NAK;
    case GDB_CTRL_C: return GDB_FRAME_INTERRUPT;
    default: return GDB_FRAME_NOTHING;
    }
}

/* A '$' is never data: the packet before it has lost its end. */
static void in_data(struct gdb_frame *frame, uint8_t byte)
{
    if (byte == '$') {
        begin(frame);
    } else if (byte == '#') {
        frame->state = GDB_IN_SUM_1;
    } else {
        frame->sum = (uint8_t)(frame->sum + byte);
        if (frame->used < sizeof frame->bytes)
            frame->bytes[frame->used] = byte;
        if (frame->used <= sizeof frame->bytes)
            frame->used++;
    }
}

static enum gdb_frame_event complete(struct gdb_frame *frame, bool no_ack)
{
    struct gdb_text text = {frame->said, frame->said + 2};
    uint8_t sum;
    frame->state = GDB_BETWEEN;
    if (!no_ack && (!gdb_take_hex(&text, &sum, 1) || sum != frame->sum))
        return GDB_FRAME_GARBLED;
    return frame->used > sizeof frame->bytes ? GDB_FRAME_OVERSIZED : GDB_FRAME_PACKET;
}

enum gdb_frame_event gdb_frame_take(struct gdb_frame *frame, uint8_t byte, bool no_ack)
{
    switch (frame->state) {
    case GDB_BETWEEN: return between(frame, byte);
    case GDB_IN_DATA: in_data(frame, byte); return GDB_FRAME_NOTHING;
    case GDB_IN_SUM_1:
        frame->said[0] = byte;
        frame->state = GDB_IN_SUM_2;
        return GDB_FRAME_NOTHING;
    case GDB_IN_SUM_2: frame->said[1] = byte; break;
    }
    return complete(frame, no_ack);
}

size_t gdb_frame_make(const char *data, size_t count, char *out)
{
    char end[GDB_FRAME_BYTES];
    uint8_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + (uint8_t)data[i]);
    out[0] = '$';
    memcpy(out + 1, data, count);
    snprintf(end, sizeof end, "#%02x", sum);
    memcpy(out + 1 + count, end, 3);
    return count + 4;
}
