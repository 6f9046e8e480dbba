/* SPDX-License-Identifier: MIT */
/* Memory for a journal's bytes, in chunks. Memory that is touched for the first time costs the host more than to fill it: so chunks that
 * were given back are taken again, and where one after the other is taken, a thread has the next ones ready. */
#ifndef MICROVM_HOST_JOURNAL_MEMORY_H
#define MICROVM_HOST_JOURNAL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define JOURNAL_CHUNK_SHIFT 20
#define JOURNAL_CHUNK_BYTES (UINT64_C(1) << JOURNAL_CHUNK_SHIFT)

struct journal_memory;

/* NULL: out of memory. */
struct journal_memory *journal_memory_create(void);
/* All chunks that were taken must have been given back. NULL is accepted. */
void journal_memory_destroy(struct journal_memory *memory);

/* With any content. NULL: out of memory. */
uint8_t *journal_memory_take(struct journal_memory *memory);
/* Is kept, to be taken again. */
void journal_memory_give_back(struct journal_memory *memory, uint8_t *chunk);

/* Keeps no more than so many bytes of what was given back. */
void journal_memory_trim(struct journal_memory *memory, uint64_t bytes);

#endif
