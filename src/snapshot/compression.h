/* SPDX-License-Identifier: MIT */
/* How pieces of a snapshot are made smaller: one row for each way, each file of its library alone knows the library. Owns
 * nothing; create gives a state that its caller owns. */
#ifndef MICROVM_SNAPSHOT_COMPRESSION_H
#define MICROVM_SNAPSHOT_COMPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/container.h"

struct compression {
    const char *name;

    /* NULL: there is no memory. */
    void *(*create)(void);
    void (*destroy)(void *state); /* NULL is accepted */

    /* Into less than count bytes, of which there is room for count. 0: it does not get smaller, or there is no memory. */
    size_t (*pack)(void *state, const uint8_t *from, size_t count, uint8_t *to);

    /* False: what comes out are not wanted bytes, or there is no memory. */
    bool (*unpack)(void *state, const uint8_t *from, size_t count, uint8_t *to, size_t wanted);
};

/* NULL: this build has it not. CONTAINER_PLAIN has no row. */
const struct compression *compression_row(enum container_compression kind);
const char *compression_name(enum container_compression kind);

const struct compression *compression_zlib(void);
const struct compression *compression_zstd(void); /* NULL where libzstd is not there */

#endif
