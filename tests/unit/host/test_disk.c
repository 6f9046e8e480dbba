/* SPDX-License-Identifier: MIT */
/* A disk's requests: order, completion under both clocks, stability, holes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_fixture.h"

#define LATENCY 1000

static void what_is_written_is_read_back(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_write(f, 4096, DISK_DATA_BYTES, 0x5a), 0);
    assert_int_equal(disk_fixture_expect(f, 4096, DISK_DATA_BYTES, 0x5a), 0);
    assert_int_equal(disk_fixture_expect(f, 0, 4096, 0), 0);
}

static void short_transfers_are_continued(void **state)
{
    struct disk_fixture *f = *state;
    f->memory.most = 100;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_write(f, 512, 4096, 0x11), 0);
    assert_int_equal(disk_fixture_expect(f, 512, 4096, 0x11), 0);
    assert_int_equal(f->memory.calls[MEMORY_WRITE], 41);
    assert_int_equal(f->memory.calls[MEMORY_READ], 41);
}

static void interrupted_calls_are_made_again(void **state)
{
    struct disk_fixture *f = *state;
    f->memory.fail_with = EINTR;
    f->memory.fail_call[MEMORY_READ] = f->memory.fail_call[MEMORY_WRITE] = 1;
    f->memory.fail_call[MEMORY_SYNC] = f->memory.fail_call[MEMORY_ALLOCATE] = 1;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_write(f, 0, 512, 1), 0);
    assert_int_equal(disk_fixture_expect(f, 0, 512, 1), 0);
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 0, 512, false, false), 0);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(f->memory.calls[MEMORY_ANY], 8);
}

static void submission_does_not_wait_for_a_slow_disk(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    f->memory.held = true;
    disk_fixture_submit(f, DISK_READ, 0, 512);
    disk_poll(f->disk);
    assert_int_equal(f->done, 0);
    assert_false(disk_fixture_readable(f, 0));
    f->memory.held = false;
    disk_fixture_until(f, 1);
}

static void the_event_is_there_until_the_completions_are_fetched(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    for (unsigned i = 0; i < 1000; i++) {
        struct disk_request *a = disk_fixture_submit(f, DISK_READ, 0, 512);
        struct disk_request *b = disk_fixture_submit(f, DISK_READ, 0, 512);
        disk_fixture_until(f, 2 * i + 2);
        assert_false(disk_fixture_readable(f, 0));
        disk_release(f->disk, a);
        disk_release(f->disk, b);
    }
}

static void requests_in_flight_are_bounded(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    struct disk_request *requests[DISK_REQUESTS];
    for (unsigned round = 1; round <= 3; round++) {
        for (unsigned i = 0; i < DISK_REQUESTS; i++)
            requests[i] = disk_fixture_submit(f, DISK_READ, 0, 512);
        assert_null(disk_request_get(f->disk));
        disk_fixture_until(f, round * DISK_REQUESTS);
        for (unsigned i = 0; i < DISK_REQUESTS; i++)
            disk_release(f->disk, requests[i]);
    }
}

static void the_virtual_clock_completes_at_the_exact_tick(void **state)
{
    struct disk_fixture *f = *state;
    f->clock.ticks = 500;
    disk_fixture_start(f, LATENCY);
    assert_true(disk_next_deadline(f->disk) == UINT64_MAX);
    disk_fixture_submit(f, DISK_READ, 0, 512);
    assert_int_equal(f->clock.deadline_changes, 1);
    f->clock.ticks = 600;
    disk_fixture_submit(f, DISK_READ, 0, 512);
    assert_int_equal(disk_next_deadline(f->disk), 1500);
    f->clock.ticks = 1499;
    disk_poll(f->disk);
    assert_int_equal(f->done, 0);
    f->clock.ticks = 1500;
    disk_poll(f->disk);
    assert_int_equal(f->done, 1);
    assert_int_equal(disk_next_deadline(f->disk), 1600);
    f->clock.ticks = 1600;
    disk_poll(f->disk);
    assert_int_equal(f->done, 2);
    assert_true(disk_next_deadline(f->disk) == UINT64_MAX);
}

static void *let_go(void *memory)
{
    ((struct memory_disk *)memory)->held = false;
    return NULL;
}

static void the_virtual_clock_waits_for_a_slow_disk(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, LATENCY);
    f->memory.held = true;
    disk_fixture_submit(f, DISK_READ, 0, 512);
    f->clock.ticks = LATENCY;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, let_go, &f->memory), 0);
    disk_poll(f->disk);
    assert_int_equal(f->done, 1);
    pthread_join(thread, NULL);
}

static void a_clock_put_back_delays_a_request_by_its_latency_at_most(void **state)
{
    struct disk_fixture *f = *state;
    f->clock.ticks = UINT64_C(1) << 60;
    disk_fixture_start(f, LATENCY);
    disk_fixture_submit(f, DISK_READ, 0, 512);
    f->clock.ticks = 7;
    assert_int_equal(disk_next_deadline(f->disk), LATENCY + 7);
    disk_poll(f->disk);
    f->clock.ticks = LATENCY + 6;
    disk_poll(f->disk);
    assert_int_equal(f->done, 0);
    assert_int_equal(disk_next_deadline(f->disk), LATENCY + 7);
    f->clock.ticks = LATENCY + 7;
    disk_poll(f->disk);
    assert_int_equal(f->done, 1);
}

static void a_flush_makes_stable_what_was_written_before(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    disk_fixture_write(f, 0, 512, 7);
    assert_int_equal(f->memory.stable[0], 0);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(f->memory.stable[511], 7);
}

static void a_clean_disk_is_not_synced_again(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_flush(f), 0);
    disk_fixture_write(f, 0, 512, 7);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(f->memory.calls[MEMORY_SYNC], 1);
}

static void a_durable_change_is_stable_when_it_completes(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    disk_fixture_write(f, 0, 4096, 9);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE_ZEROES, 0, 512, true, false), 0);
    assert_int_equal(f->memory.stable[0], 0);
    assert_int_equal(f->memory.stable[512], 9);
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 512, 512, true, false), 0);
    assert_int_equal(f->memory.stable[512], 0);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE, 0, 512, true, false), 0);
    assert_int_equal(f->memory.calls[MEMORY_SYNC], 3);
}

static void an_unsafe_disk_is_never_synced(void **state)
{
    struct disk_fixture *f = *state;
    f->options.cache = DISK_CACHE_UNSAFE;
    disk_fixture_start(f, 0);
    disk_fixture_write(f, 0, 512, 7);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE, 0, 512, true, false), 0);
    assert_true(disk_close(f->disk, NULL));
    f->disk = NULL;
    assert_int_equal(f->memory.calls[MEMORY_SYNC], 0);
}

static void closing_performs_what_was_submitted_and_makes_it_stable(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    f->memory.held = true;
    for (unsigned i = 0; i < 10; i++) {
        struct disk_request *request = disk_request_get(f->disk);
        memset(request->bytes, 0x33, 512);
        disk_release(f->disk, request);
        assert_ptr_equal(disk_fixture_submit(f, DISK_WRITE, i * 512, 512), request);
    }
    f->memory.held = false;
    assert_true(disk_close(f->disk, NULL));
    f->disk = NULL;
    assert_int_equal(f->memory.stable[0], 0x33);
    assert_int_equal(f->memory.stable[10 * 512 - 1], 0x33);
    assert_int_equal(f->done, 0);
}

static void a_read_only_disk_is_not_changed(void **state)
{
    struct disk_fixture *f = *state;
    f->options.read_only = true;
    disk_fixture_start(f, 0);
    assert_true(disk_is_read_only(f->disk));
    assert_int_equal(disk_fixture_write(f, 0, 512, 7), EROFS);
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 0, 512, false, false), EROFS);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE_ZEROES, 0, 512, false, true), EROFS);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(f->memory.calls[MEMORY_ANY], 0);
}

static void a_discard_punches_a_hole_and_may_be_impossible(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 0, 4096, false, false), 0);
    assert_int_equal(f->memory.last_mode, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    disk_fixture_write(f, 0, 512, 7);
    f->memory.allocate_error = EOPNOTSUPP;
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 0, 512, false, false), 0);
    f->memory.allocate_error = EIO;
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 0, 512, false, false), EIO);
    assert_int_equal(disk_fixture_expect(f, 0, 512, 7), 0);
}

static void zeroes_are_written_as_hole_range_or_bytes(void **state)
{
    struct disk_fixture *f = *state;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE_ZEROES, 0, 4096, false, false), 0);
    assert_int_equal(f->memory.last_mode, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE_ZEROES, 0, 4096, false, true), 0);
    assert_int_equal(f->memory.last_mode, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    f->memory.allocate_error = EOPNOTSUPP;
    f->memory.most = 10000;
    disk_fixture_write(f, 0, DISK_DATA_BYTES, 7);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE_ZEROES, 512, DISK_DATA_BYTES - 1024, false, true), 0);
    assert_int_equal(disk_fixture_expect(f, 512, DISK_DATA_BYTES - 1024, 0), 0);
    assert_int_equal(disk_fixture_expect(f, 0, 512, 7), 0);
    assert_int_equal(disk_fixture_expect(f, DISK_DATA_BYTES - 512, 512, 7), 0);
}

/* A file on the host of so many bytes behind the fixture's disk; open on it. */
static int start_on_file(struct disk_fixture *f, off_t size)
{
    strcpy(f->options.path, "/tmp/microvm-disk-XXXXXX");
    int fd = mkstemp(f->options.path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    struct disk_timing timing = {.latency_ticks = 0};
    struct error err = {""};
    f->disk = disk_open(&f->options, &timing, &err);
    if (f->disk == NULL)
        fail_msg("%s", err.text);
    return fd;
}

static void a_file_is_read_written_punched_and_flushed(void **state)
{
    struct disk_fixture *f = *state;
    int fd = start_on_file(f, 32 << 20);
    assert_int_equal(disk_size_bytes(f->disk), 32 << 20);
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(disk_fixture_write(f, i * DISK_DATA_BYTES, DISK_DATA_BYTES, (uint8_t)(i + 1)), 0);
    assert_int_equal(disk_fixture_flush(f), 0);
    struct stat before, after;
    assert_int_equal(fstat(fd, &before), 0);
    assert_int_equal(disk_fixture_change(f, DISK_DISCARD, 1 << 20, 4 << 20, false, false), 0);
    assert_int_equal(fstat(fd, &after), 0);
    assert_true(after.st_blocks < before.st_blocks);
    assert_int_equal(after.st_size, 32 << 20);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE_ZEROES, 0, 1 << 20, false, false), 0);
    assert_int_equal(disk_fixture_expect(f, 0, DISK_DATA_BYTES, 0), 0);
    assert_int_equal(disk_fixture_expect(f, 31 * DISK_DATA_BYTES, DISK_DATA_BYTES, 32), 0);
    close(fd);
    unlink(f->options.path);
}

static void a_file_cut_off_behind_our_back_gives_errors(void **state)
{
    struct disk_fixture *f = *state;
    int fd = start_on_file(f, 1 << 20);
    assert_int_equal(ftruncate(fd, 4096 + 100), 0);
    assert_int_equal(disk_fixture_expect(f, 0, 4096, 0), 0);
    assert_int_equal(disk_fixture_expect(f, 4096, 512, 0), EIO);
    assert_int_equal(disk_fixture_expect(f, 8192, 512, 0), EIO);
    close(fd);
    unlink(f->options.path);
}

/* The default action of SIGXFSZ would end this very process. */
static void the_limit_for_file_sizes_is_an_error_and_no_end(void **state)
{
    struct disk_fixture *f = *state;
    int fd = start_on_file(f, 1 << 20);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limit = {.rlim_cur = 65536, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int low = disk_fixture_write(f, 0, 4096, 1);
    int high = disk_fixture_write(f, 131072, 4096, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(low, 0);
    assert_int_equal(high, EFBIG);
    close(fd);
    unlink(f->options.path);
}

/* Whatever waits for the host's event goes on with it: the ones taken back leave none. */
static void a_loaded_request_completes_with_its_result_at_the_next_poll(void **state)
{
    struct disk_fixture *f = *state;
    uint8_t saved[1024];
    disk_fixture_start(f, 0);
    memset(f->memory.now, 0x77, 512);
    struct disk_request *request = disk_fixture_submit(f, DISK_READ, 0, 512);
    disk_settle(f->disk);
    struct state_part part = disk_part(f->disk);
    size_t count = state_part_bytes(&part);
    assert_int_equal(count, 8 + 512);
    state_part_save(&part, saved);
    struct disk_request kept = *request;
    disk_forget(f->disk);
    assert_false(disk_fixture_readable(f, 0));
    assert_int_equal(disk_in_flight(f->disk), 0);
    memset(f->memory.now, 0, 512);
    *disk_request_get(f->disk) = kept;
    memset(request->bytes, 0, 512);
    disk_resume(f->disk, request);
    assert_true(state_part_load(&part, saved, count, NULL));
    assert_true(disk_fixture_readable(f, 0));
    disk_fixture_until(f, 1);
    assert_int_equal(request->error, 0);
    assert_int_equal(request->bytes[511], 0x77);
    assert_false(disk_fixture_readable(f, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(what_is_written_is_read_back),
        DISK_TEST(short_transfers_are_continued),
        DISK_TEST(interrupted_calls_are_made_again),
        DISK_TEST(submission_does_not_wait_for_a_slow_disk),
        DISK_TEST(the_event_is_there_until_the_completions_are_fetched),
        DISK_TEST(requests_in_flight_are_bounded),
        DISK_TEST(the_virtual_clock_completes_at_the_exact_tick),
        DISK_TEST(the_virtual_clock_waits_for_a_slow_disk),
        DISK_TEST(a_clock_put_back_delays_a_request_by_its_latency_at_most),
        DISK_TEST(a_flush_makes_stable_what_was_written_before),
        DISK_TEST(a_clean_disk_is_not_synced_again),
        DISK_TEST(a_durable_change_is_stable_when_it_completes),
        DISK_TEST(an_unsafe_disk_is_never_synced),
        DISK_TEST(closing_performs_what_was_submitted_and_makes_it_stable),
        DISK_TEST(a_read_only_disk_is_not_changed),
        DISK_TEST(a_discard_punches_a_hole_and_may_be_impossible),
        DISK_TEST(zeroes_are_written_as_hole_range_or_bytes),
        DISK_TEST(a_file_is_read_written_punched_and_flushed),
        DISK_TEST(a_file_cut_off_behind_our_back_gives_errors),
        DISK_TEST(a_loaded_request_completes_with_its_result_at_the_next_poll),
        DISK_TEST(the_limit_for_file_sizes_is_an_error_and_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
