/* SPDX-License-Identifier: MIT */
/* A disk in memory with a clock, and one request at a time to its end. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_UNIT_HOST_DISK_FIXTURE_H
#define MICROVM_TESTS_UNIT_HOST_DISK_FIXTURE_H

#include <poll.h>

#include "../devices/fakes.h"
#include "memory_disk.h"

struct disk_fixture {
    struct memory_disk memory;
    struct disk_options options;
    struct fake_clock clock;
    struct disk *disk;
    unsigned done; /* completions so far */
};

static inline int disk_fixture_set_up(void **state)
{
    struct disk_fixture *f = test_calloc(1, sizeof *f);
    strcpy(f->options.path, "memory");
    *state = f;
    return 0;
}

static inline int disk_fixture_tear_down(void **state)
{
    struct disk_fixture *f = *state;
    disk_close(f->disk, NULL);
    test_free(f);
    return 0;
}

static inline void disk_fixture_start(struct disk_fixture *f, uint64_t latency_ticks)
{
    struct time_source time = fake_time(&f->clock);
    f->disk = memory_disk_create(&f->memory, &f->options, &time, latency_ticks);
}

/* A completion that keeps the request, for the test to look at. */
static inline void disk_fixture_done(void *owner, struct disk_request *request)
{
    (void)request;
    ((struct disk_fixture *)owner)->done++;
}

static inline struct disk_request *disk_fixture_submit(struct disk_fixture *f, enum disk_operation operation,
                                                       uint64_t offset, uint64_t length)
{
    struct disk_request *request = disk_request_get(f->disk);
    assert_non_null(request);
    request->operation = operation;
    request->durable = request->may_unmap = false;
    request->offset = offset;
    request->length = length;
    request->owner = f;
    request->done = disk_fixture_done;
    disk_submit(f->disk, request);
    return request;
}

static inline bool disk_fixture_readable(const struct disk_fixture *f, int timeout_ms)
{
    struct pollfd p = {.fd = disk_event_fd(f->disk), .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

/* Until so many have completed, under the wall clock. */
static inline void disk_fixture_until(struct disk_fixture *f, unsigned done)
{
    while (f->done < done) {
        assert_true(disk_fixture_readable(f, 10000));
        disk_poll(f->disk);
    }
}

/* Submits the request again, to its end; its error. */
static inline int disk_fixture_run(struct disk_fixture *f, struct disk_request *request)
{
    request->owner = f;
    request->done = disk_fixture_done;
    unsigned before = f->done;
    disk_submit(f->disk, request);
    disk_fixture_until(f, before + 1);
    int error = request->error;
    disk_release(f->disk, request);
    return error;
}

static inline int disk_fixture_change(struct disk_fixture *f, enum disk_operation operation, uint64_t offset,
                                      uint64_t length, bool durable, bool may_unmap)
{
    struct disk_request *request = disk_request_get(f->disk);
    request->operation = operation;
    request->durable = durable;
    request->may_unmap = may_unmap;
    request->offset = offset;
    request->length = length;
    return disk_fixture_run(f, request);
}

static inline int disk_fixture_write(struct disk_fixture *f, uint64_t offset, uint64_t length, uint8_t byte)
{
    struct disk_request *request = disk_request_get(f->disk);
    request->operation = DISK_WRITE;
    request->durable = false;
    request->offset = offset;
    request->length = length;
    memset(request->bytes, byte, length);
    return disk_fixture_run(f, request);
}

static inline int disk_fixture_flush(struct disk_fixture *f)
{
    return disk_fixture_change(f, DISK_FLUSH, 0, 0, false, false);
}

/* Reads, and wants to find the byte everywhere. */
static inline int disk_fixture_expect(struct disk_fixture *f, uint64_t offset, uint64_t length, uint8_t byte)
{
    struct disk_request *request = disk_request_get(f->disk);
    request->operation = DISK_READ;
    request->offset = offset;
    request->length = length;
    memset(request->bytes, ~byte, length);
    int error = disk_fixture_run(f, request);
    for (uint64_t i = 0; i < length && error == 0; i++)
        assert_int_equal(request->bytes[i], byte);
    return error;
}

#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, disk_fixture_set_up, disk_fixture_tear_down)

#endif
