/* SPDX-License-Identifier: MIT */
/* Packets from a stream of bytes: "$DATA#XX", acknowledgements, and Ctrl-C between them. Keeps what has come of the present
 * packet, whatever is sent. */
#ifndef MICROVM_GDBSTUB_FRAME_H
#define MICROVM_GDBSTUB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdbstub/text.h"

/* What a byte has completed. */
enum gdb_frame_event {
    GDB_FRAME_NOTHING,
    GDB_FRAME_PACKET,    /* in bytes and used, escapes as they came */
    GDB_FRAME_OVERSIZED, /* a packet that is longer than GDB_PACKET_BYTES, and lost */
    GDB_FRAME_GARBLED,   /* a packet whose checksum is wrong */
    GDB_FRAME_NAK,       /* the peer wants our last packet again */
    GDB_FRAME_INTERRUPT  /* Ctrl-C */
};

/* Stands between packets, unescaped. */
#define GDB_CTRL_C 0x03

/* All zeros: between packets. */
struct gdb_frame {
    enum { GDB_BETWEEN, GDB_IN_DATA, GDB_IN_SUM_1, GDB_IN_SUM_2 } state;
    size_t used; /* more than GDB_PACKET_BYTES: the rest was dropped */
    uint8_t sum; /* of the data */
    uint8_t said[2];
    uint8_t bytes[GDB_PACKET_BYTES];
};

/* no_ack: checksums do not matter. */
enum gdb_frame_event gdb_frame_take(struct gdb_frame *frame, uint8_t byte, bool no_ack);

/* Puts a frame around data; out has room for GDB_FRAME_BYTES more than that. Returns the length. */
#define GDB_FRAME_BYTES 4
size_t gdb_frame_make(const char *data, size_t count, char *out);

#endif
