/* SPDX-License-Identifier: MIT */
/* BLAKE2b-256 (RFC 7693, no key, 32 bytes of result): what `b2sum -l 256` prints. As strong as SHA-256 and several times
 * as fast in plain C. Owns nothing. */
#ifndef MICROVM_BASE_BLAKE2B_H
#define MICROVM_BASE_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE2B_BYTES 32
#define BLAKE2B_BLOCK_BYTES 128

struct blake2b {
    uint64_t chain[8];
    uint64_t total; /* bytes that are mixed in; 2^64 are never reached */
    size_t held;    /* bytes in block: the last one is mixed in at the end alone */
    uint8_t block[BLAKE2B_BLOCK_BYTES];
};

void blake2b_begin(struct blake2b *state);
void blake2b_add(struct blake2b *state, const void *bytes, size_t count);
/* Nothing may be added behind it. */
void blake2b_end(struct blake2b *state, uint8_t digest[BLAKE2B_BYTES]);

#endif
