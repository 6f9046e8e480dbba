/* SPDX-License-Identifier: MIT */
/* A disk's file in memory that tells what would survive a loss of power, and lets the n-th call fail. Behind <cmocka.h>. */
#ifndef MICROVM_TESTS_UNIT_HOST_MEMORY_DISK_H
#define MICROVM_TESTS_UNIT_HOST_MEMORY_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/compiler.h"
#include "host/disk/disk_raw.h"

#define MEMORY_DISK_BYTES (UINT64_C(3) << 20)

enum memory_call { MEMORY_READ, MEMORY_WRITE, MEMORY_SYNC, MEMORY_ALLOCATE, MEMORY_ANY, MEMORY_CALLS };

struct memory_disk {
    uint8_t now[MEMORY_DISK_BYTES];    /* what a read sees */
    uint8_t stable[MEMORY_DISK_BYTES]; /* what survives */
    uint8_t dirty[MEMORY_DISK_BYTES];  /* 1: differs, and the next sync makes it stable */
    atomic_uint calls[MEMORY_CALLS];   /* so many of each kind were made, and of all */
    unsigned fail_call[MEMORY_CALLS];  /* the call of that kind that fails, from 1; 0: none */
    int fail_with;                     /* errno; 0: EIO */
    size_t most;                       /* bytes that one call moves at most; 0: all */
    int allocate_error;                /* every fallocate fails so, if not 0 */
    int last_mode;
    atomic_bool held; /* calls wait while it is set */
    bool has_memory;  /* the host keeps some of it in memory: */
    uint64_t at_hand; /* what lies before */
    unsigned read_at_hand; /* so many calls asked for that alone */
    atomic_bool full; /* writes find no room while it is set */
};

static inline bool memory_fails(struct memory_disk *m, enum memory_call kind)
{
    while (atomic_load(&m->held))
        sched_yield();
    bool fails = atomic_fetch_add(&m->calls[kind], 1) + 1 == m->fail_call[kind];
    fails |= atomic_fetch_add(&m->calls[MEMORY_ANY], 1) + 1 == m->fail_call[MEMORY_ANY];
    errno = m->fail_with != 0 ? m->fail_with : EIO;
    return fails;
}

static inline size_t memory_part(const struct memory_disk *m, size_t count, off_t offset)
{
    assert_true(offset >= 0 && (uint64_t)offset + count <= MEMORY_DISK_BYTES);
    return m->most != 0 && count > m->most ? m->most : count;
}

static inline ssize_t memory_read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)fd;
    struct memory_disk *m = owner;
    if (memory_fails(m, MEMORY_READ))
        return -1;
    count = memory_part(m, count, offset);
    memcpy(bytes, m->now + offset, count);
    return (ssize_t)count;
}

static inline ssize_t memory_read_at_hand(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)fd;
    struct memory_disk *m = owner;
    m->read_at_hand++;
    errno = EAGAIN;
    if ((uint64_t)offset >= m->at_hand)
        return -1;
    count = memory_part(m, count, offset);
    count = count < m->at_hand - (uint64_t)offset ? count : (size_t)(m->at_hand - (uint64_t)offset);
    memcpy(bytes, m->now + offset, count);
    return (ssize_t)count;
}

static inline ssize_t memory_write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    (void)fd;
    struct memory_disk *m = owner;
    if (memory_fails(m, MEMORY_WRITE))
        return -1;
    errno = ENOSPC;
    if (atomic_load(&m->full))
        return -1;
    count = memory_part(m, count, offset);
    memcpy(m->now + offset, bytes, count);
    memset(m->dirty + offset, 1, count);
    return (ssize_t)count;
}

/* As Linux does it: a sync that fails forgets what was dirty, and the next one says that all is well. */
static inline int memory_sync_data(void *owner, int fd)
{
    (void)fd;
    struct memory_disk *m = owner;
    bool fails = memory_fails(m, MEMORY_SYNC);
    for (size_t i = 0; i < MEMORY_DISK_BYTES && !fails; i++)
        m->stable[i] = m->dirty[i] ? m->now[i] : m->stable[i];
    memset(m->dirty, 0, sizeof m->dirty);
    return fails ? -1 : 0;
}

static inline int memory_allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    (void)fd;
    struct memory_disk *m = owner;
    if (memory_fails(m, MEMORY_ALLOCATE))
        return -1;
    m->last_mode = mode;
    errno = m->allocate_error;
    if (m->allocate_error != 0)
        return -1;
    assert_true(memory_part(m, (size_t)length, offset) != 0);
    memset(m->now + offset, 0, (size_t)length);
    memset(m->dirty + offset, 1, (size_t)length);
    return 0;
}

static inline struct disk_calls memory_calls(struct memory_disk *m)
{
    return (struct disk_calls){
        .owner = m,
        .read_at = memory_read_at,
        .write_at = memory_write_at,
        .sync_data = memory_sync_data,
        .allocate = memory_allocate,
        .read_at_hand = m->has_memory ? memory_read_at_hand : NULL,
    };
}

/* A disk over m. clock: the guest's, for the virtual clock; its latency is 0 under the wall clock. */
static inline struct disk *memory_disk_create(struct memory_disk *m, const struct disk_options *options,
                                              const struct time_source *clock, uint64_t latency_ticks)
{
    struct disk_calls calls = memory_calls(m);
    struct disk_file file = {.fd = -1, .size_bytes = MEMORY_DISK_BYTES, .read_only = options->read_only};
    struct disk_timing timing = {.latency_ticks = latency_ticks};
    if (clock != NULL)
        timing.time = *clock;
    struct error err = {""};
    struct disk_image image;
    assert_true(disk_raw_image(&file, &calls, options->cache, &image, &err));
    struct disk *disk = disk_create(options, &image, &timing, &err);
    if (disk == NULL)
        fail_msg("%s", err.text);
    return disk;
}

#endif
