/* SPDX-License-Identifier: MIT */
#include "host/journal_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/lazy_memory.h"
#include "host/thread.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* as Linux has it since 5.14 */
#endif

/* Chunks that are ready: some milliseconds' worth of a fast disk. */
#define AHEAD 8
/* A journal of no more chunks has no thread. */
#define WITHOUT_THREAD 2

struct journal_memory {
    uint8_t *spare; /* what was given back: each begins with where the next one is */
    uint64_t spare_count;
    uint64_t fresh; /* chunks that were taken for the first time */
    pthread_t thread;
    bool has_thread, alone; /* alone: there can be no thread */
    pthread_mutex_t lock;   /* of all below */
    pthread_cond_t wanted;
    uint8_t *ready[AHEAD];
    unsigned ready_count;
    bool stop;
};

struct journal_memory *journal_memory_create(void)
{
    struct journal_memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return NULL;
    pthread_mutex_init(&memory->lock, NULL);
    pthread_cond_init(&memory->wanted, NULL);
    return memory;
}

static void stop_thread(struct journal_memory *memory)
{
    if (!memory->has_thread)
        return;
    pthread_mutex_lock(&memory->lock);
    memory->stop = true;
    pthread_cond_signal(&memory->wanted);
    pthread_mutex_unlock(&memory->lock);
    pthread_join(memory->thread, NULL);
}

void journal_memory_destroy(struct journal_memory *memory)
{
    if (memory == NULL)
        return;
    stop_thread(memory);
    while (memory->ready_count != 0)
        lazy_free(memory->ready[--memory->ready_count], JOURNAL_CHUNK_BYTES);
    journal_memory_trim(memory, 0);
    pthread_cond_destroy(&memory->wanted);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

/* Touched already: where the host does not do this, the first to write there pays for it. */
static uint8_t *make_ready(void)
{
    uint8_t *chunk = lazy_alloc(JOURNAL_CHUNK_BYTES);
    if (chunk != NULL)
        madvise(chunk, JOURNAL_CHUNK_BYTES, MADV_POPULATE_WRITE);
    return chunk;
}

/* Under the lock, but for the work itself. False: out of memory. */
static bool add_ready(struct journal_memory *memory)
{
    pthread_mutex_unlock(&memory->lock);
    uint8_t *chunk = make_ready();
    pthread_mutex_lock(&memory->lock);
    if (chunk != NULL)
        memory->ready[memory->ready_count++] = chunk;
    return chunk != NULL;
}

static void *run(void *argument)
{
    struct journal_memory *memory = argument;
    pthread_mutex_lock(&memory->lock);
    while (!memory->stop) {
        bool more = memory->ready_count < AHEAD && add_ready(memory);
        if (!more && !memory->stop)
            pthread_cond_wait(&memory->wanted, &memory->lock);
    }
    pthread_mutex_unlock(&memory->lock);
    return NULL;
}

static uint8_t *take_ready(struct journal_memory *memory)
{
    if (!memory->has_thread && !memory->alone) {
        memory->has_thread = thread_start(&memory->thread, run, memory, NULL);
        memory->alone = !memory->has_thread;
    }
    pthread_mutex_lock(&memory->lock);
    uint8_t *chunk = memory->ready_count != 0 ? memory->ready[--memory->ready_count] : NULL;
    if (memory->ready_count <= AHEAD / 2)
        pthread_cond_signal(&memory->wanted);
    pthread_mutex_unlock(&memory->lock);
    return chunk;
}

static uint8_t *take_spare(struct journal_memory *memory)
{
    uint8_t *chunk = memory->spare;
    memcpy(&memory->spare, chunk, sizeof memory->spare);
    memory->spare_count--;
    return chunk;
}

uint8_t *journal_memory_take(struct journal_memory *memory)
{
    if (memory->spare != NULL)
        return take_spare(memory);
    uint8_t *chunk = ++memory->fresh > WITHOUT_THREAD ? take_ready(memory) : NULL;
    return chunk != NULL ? chunk : lazy_alloc(JOURNAL_CHUNK_BYTES);
}

void journal_memory_give_back(struct journal_memory *memory, uint8_t *chunk)
{
    memcpy(chunk, &memory->spare, sizeof memory->spare);
    memory->spare = chunk;
    memory->spare_count++;
}

void journal_memory_trim(struct journal_memory *memory, uint64_t bytes)
{
    while (memory->spare_count > bytes / JOURNAL_CHUNK_BYTES)
        lazy_free(take_spare(memory), JOURNAL_CHUNK_BYTES);
}
