/* SPDX-License-Identifier: MIT */
#include "virtio/runs.h"

#include "base/little_endian.h"

#define WORD_BYTES 4u
/* Shorter runs go with their neighbours. */
#define LEAST_RUN 4u

static size_t run_length(const uint32_t *words, size_t count)
{
    size_t length = 1;
    while (length < count && words[length] == words[0])
        length++;
    return length;
}

/* Words up to the next run. */
static size_t mixed_length(const uint32_t *words, size_t count)
{
    size_t length = 0;
    while (length < count) {
        size_t run = run_length(words + length, count - length < LEAST_RUN ? count - length : LEAST_RUN);
        if (run >= LEAST_RUN)
            break;
        length += run;
    }
    return length;
}

static void put_words(uint8_t *packed, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        little_put(packed + WORD_BYTES * i, WORD_BYTES, words[i]);
}

/* packed NULL: they are only counted. */
static size_t pack(const uint32_t *words, size_t count, uint8_t *packed)
{
    size_t bytes = 0;
    for (size_t at = 0, length; at < count; at += length) {
        size_t run = run_length(words + at, count - at);
        bool is_run = run >= LEAST_RUN;
        length = is_run ? run : mixed_length(words + at, count - at);
        uint32_t head = (uint32_t)(2 * length + is_run);
        if (packed != NULL) {
            put_words(packed + bytes, &head, 1);
            put_words(packed + bytes + WORD_BYTES, words + at, is_run ? 1 : length);
        }
        bytes += WORD_BYTES * (1 + (is_run ? 1 : length));
    }
    return bytes;
}

size_t runs_bytes(const uint32_t *words, size_t count)
{
    return pack(words, count, NULL);
}

void runs_pack(const uint32_t *words, size_t count, uint8_t *packed)
{
    pack(words, count, packed);
}

/* words NULL: they are only checked. */
static bool unpack(const uint8_t *packed, size_t bytes, uint32_t *words, size_t count)
{
    size_t done = 0;
    while (bytes >= WORD_BYTES) {
        uint32_t head = (uint32_t)little_get(packed, WORD_BYTES);
        size_t length = head / 2, stored = head % 2 != 0 ? 1 : length;
        packed += WORD_BYTES;
        bytes -= WORD_BYTES;
        if (length == 0 || length > count - done || stored > bytes / WORD_BYTES)
            return false;
        for (size_t i = 0; words != NULL && i < length; i++)
            words[done + i] = (uint32_t)little_get(packed + (stored == length ? WORD_BYTES * i : 0), WORD_BYTES);
        done += length;
        packed += WORD_BYTES * stored;
        bytes -= WORD_BYTES * stored;
    }
    return done == count && bytes == 0;
}

bool runs_check(const uint8_t *packed, size_t bytes, size_t count)
{
    return unpack(packed, bytes, NULL, count);
}

void runs_unpack(const uint8_t *packed, size_t bytes, uint32_t *words, size_t count)
{
    unpack(packed, bytes, words, count);
}
