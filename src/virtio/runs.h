/* SPDX-License-Identifier: MIT */
/* Words packed as runs of equal ones, which is quick and makes flat pictures small. Owns nothing.
 *
 * Packed: a word that is twice a count, and 1 more if one word follows that stands for so many; else so many words follow. */
#ifndef MICROVM_VIRTIO_RUNS_H
#define MICROVM_VIRTIO_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that runs_pack writes; count is below 2^31. */
size_t runs_bytes(const uint32_t *words, size_t count);
void runs_pack(const uint32_t *words, size_t count, uint8_t *packed);

/* Whether these bytes are count words, packed. */
bool runs_check(const uint8_t *packed, size_t bytes, size_t count);
/* They are. */
void runs_unpack(const uint8_t *packed, size_t bytes, uint32_t *words, size_t count);

#endif
