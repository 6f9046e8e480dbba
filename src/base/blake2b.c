/* SPDX-License-Identifier: MIT */
#include "base/blake2b.h"

#include <string.h>

#include "base/compiler.h"

/* RFC 7693 2.6: those of SHA-512. */
static const uint64_t initial[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

/* RFC 7693 2.7: which word of the message each step of a round takes. */
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

ALWAYS_INLINE uint64_t rotate_right(uint64_t word, unsigned bits)
{
    return word >> bits | word << (64 - bits);
}

ALWAYS_INLINE void mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, uint64_t x, uint64_t y)
{
    *a += *b + x;
    *d = rotate_right(*d ^ *a, 32);
    *c += *d;
    *b = rotate_right(*b ^ *c, 24);
    *a += *b + y;
    *d = rotate_right(*d ^ *a, 16);
    *c += *d;
    *b = rotate_right(*b ^ *c, 63);
}

/* Inlined with a constant row, so that no word is looked up by a computed number. */
ALWAYS_INLINE void mix_round(uint64_t v[16], const uint64_t m[16], const uint8_t *s)
{
    mix(&v[0], &v[4], &v[8], &v[12], m[s[0]], m[s[1]]);
    mix(&v[1], &v[5], &v[9], &v[13], m[s[2]], m[s[3]]);
    mix(&v[2], &v[6], &v[10], &v[14], m[s[4]], m[s[5]]);
    mix(&v[3], &v[7], &v[11], &v[15], m[s[6]], m[s[7]]);
    mix(&v[0], &v[5], &v[10], &v[15], m[s[8]], m[s[9]]);
    mix(&v[1], &v[6], &v[11], &v[12], m[s[10]], m[s[11]]);
    mix(&v[2], &v[7], &v[8], &v[13], m[s[12]], m[s[13]]);
    mix(&v[3], &v[4], &v[9], &v[14], m[s[14]], m[s[15]]);
}

/* One load, as compilers see it. */
ALWAYS_INLINE uint64_t get_word(const uint8_t *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static void mix_block(struct blake2b *state, const uint8_t *block, uint64_t last)
{
    uint64_t v[16], m[16];
    for (unsigned i = 0; i < 16; i++)
        m[i] = get_word(block + 8 * i);
    memcpy(v, state->chain, sizeof state->chain);
    memcpy(v + 8, initial, sizeof initial);
    v[12] ^= state->total;
    v[14] ^= last;
    mix_round(v, m, sigma[0]);
    mix_round(v, m, sigma[1]);
    mix_round(v, m, sigma[2]);
    mix_round(v, m, sigma[3]);
    mix_round(v, m, sigma[4]);
    mix_round(v, m, sigma[5]);
    mix_round(v, m, sigma[6]);
    mix_round(v, m, sigma[7]);
    mix_round(v, m, sigma[8]);
    mix_round(v, m, sigma[9]);
    mix_round(v, m, sigma[0]);
    mix_round(v, m, sigma[1]);
    for (unsigned i = 0; i < 8; i++)
        state->chain[i] ^= v[i] ^ v[i + 8];
}

void blake2b_begin(struct blake2b *state)
{
    memset(state, 0, sizeof *state);
    memcpy(state->chain, initial, sizeof initial);
    state->chain[0] ^= UINT64_C(0x01010000) | BLAKE2B_BYTES; /* its parameters: depth 1, fan-out 1, no key */
}

static void hold(struct blake2b *state, const uint8_t *bytes, size_t count)
{
    memcpy(state->block + state->held, bytes, count);
    state->held += count;
}

void blake2b_add(struct blake2b *state, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;
    size_t room = BLAKE2B_BLOCK_BYTES - state->held;
    if (count > room && state->held != 0) {
        hold(state, from, room);
        state->total += BLAKE2B_BLOCK_BYTES;
        mix_block(state, state->block, 0);
        state->held = 0;
        from += room, count -= room;
    }
    for (; count > BLAKE2B_BLOCK_BYTES; from += BLAKE2B_BLOCK_BYTES, count -= BLAKE2B_BLOCK_BYTES) {
        state->total += BLAKE2B_BLOCK_BYTES;
        mix_block(state, from, 0);
    }
    if (count != 0)
        hold(state, from, count);
}

void blake2b_end(struct blake2b *state, uint8_t digest[BLAKE2B_BYTES])
{
    memset(state->block + state->held, 0, BLAKE2B_BLOCK_BYTES - state->held);
    state->total += state->held;
    mix_block(state, state->block, UINT64_MAX);
    for (unsigned i = 0; i < BLAKE2B_BYTES; i++)
        digest[i] = (uint8_t)(state->chain[i / 8] >> (8 * (i % 8)));
}
