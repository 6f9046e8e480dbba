/* SPDX-License-Identifier: MIT */
/* The form of 9P messages: size[4] type[1] tag[2], then numbers, little-endian, and strings behind a 2-byte length. Reading
 * beyond the end gives zeros and is noted; writing beyond it is noted. Owns nothing. */
#ifndef MICROVM_SHARE_P9_WIRE_H
#define MICROVM_SHARE_P9_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest message; a driver of Linux can do with 512,000 bytes. */
#define P9_MESSAGE_BYTES (528u << 10)
#define P9_LEAST_MESSAGE_BYTES 4096u
#define P9_HEADER_BYTES 7u
/* Of the answer that something failed: the header and an errno. */
#define P9_ERROR_BYTES 11u
#define P9_ERROR_TYPE 7u
#define P9_QID_BYTES 13u
/* What comes before the data of an answer to read and readdir. */
#define P9_DATA_AT 11u
/* A file's name in a folder, and what a symbolic link says, with the zero at the end. */
#define P9_NAME_SIZE 256u
#define P9_TARGET_SIZE 4096u

struct p9_in {
    const uint8_t *bytes;
    size_t left;
    bool bad; /* something was not there */
};

uint64_t p9_get(struct p9_in *in, unsigned size);

/* A string, with a zero behind it. False, and nothing stays in the buffer: it does not fit, or has a zero in it. */
bool p9_get_string(struct p9_in *in, char *text, size_t size);

/* The next count bytes, where they are; NULL: there are not so many. */
const uint8_t *p9_get_bytes(struct p9_in *in, size_t count);

struct p9_out {
    uint8_t *bytes;
    size_t used, room;
    bool full; /* something had no room */
};

void p9_put(struct p9_out *out, unsigned size, uint64_t value);
void p9_put_string(struct p9_out *out, const char *text, size_t length);

/* Writes a whole answer that says that the request with this tag failed. There must be room for P9_ERROR_BYTES. */
size_t p9_put_error(uint8_t *bytes, uint16_t tag, int error);

#endif
