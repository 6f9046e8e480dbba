/* SPDX-License-Identifier: MIT */
/* What the host has in memory is read without the disk's thread, in its place among the other requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disk_fixture.h"

#define LATENCY 1000

static void start(struct disk_fixture *f, uint64_t at_hand, uint64_t latency_ticks)
{
    f->memory.has_memory = true;
    f->memory.at_hand = at_hand;
    for (size_t i = 0; i < MEMORY_DISK_BYTES; i++)
        f->memory.now[i] = (uint8_t)(i / 512 * 7 + 1);
    disk_fixture_start(f, latency_ticks);
}

/* That the thread makes no call is seen in that every call of its own would fail. */
static void let_the_thread_fail(struct disk_fixture *f)
{
    f->memory.fail_call[MEMORY_READ] = f->memory.calls[MEMORY_READ] + 1;
}

static void assert_read(struct disk_fixture *f, struct disk_request *request, int error)
{
    assert_int_equal(request->error, error);
    if (error == 0)
        assert_memory_equal(request->bytes, f->memory.now + request->offset, request->length);
    disk_release(f->disk, request);
}

static void a_read_of_what_is_in_memory_is_there_at_the_next_poll(void **state)
{
    struct disk_fixture *f = *state;
    start(f, MEMORY_DISK_BYTES, 0);
    let_the_thread_fail(f);
    struct disk_request *request = disk_fixture_submit(f, DISK_READ, 512, 8192);
    assert_int_equal(f->done, 0);
    assert_true(disk_fixture_readable(f, 0));
    disk_poll(f->disk);
    assert_int_equal(f->done, 1);
    assert_false(disk_fixture_readable(f, 0));
    assert_read(f, request, 0);
    assert_int_equal(f->memory.calls[MEMORY_READ], 0);
}

static void what_is_there_in_part_is_read_by_the_thread(void **state)
{
    struct disk_fixture *f = *state;
    start(f, 4096, 0);
    struct disk_request *request = disk_fixture_submit(f, DISK_READ, 0, 8192);
    disk_fixture_until(f, 1);
    assert_read(f, request, 0);
    assert_int_equal(f->memory.calls[MEMORY_READ], 1);
    assert_int_equal(f->memory.read_at_hand, 2);
    let_the_thread_fail(f);
    request = disk_fixture_submit(f, DISK_READ, 8192, 4096);
    disk_fixture_until(f, 2);
    assert_read(f, request, EIO);
}

static void a_read_behind_a_write_waits_for_it(void **state)
{
    struct disk_fixture *f = *state;
    start(f, MEMORY_DISK_BYTES, 0);
    atomic_store(&f->memory.held, true);
    struct disk_request *write = disk_request_get(f->disk);
    *write = (struct disk_request){
        .operation = DISK_WRITE, .length = 512, .owner = f, .done = disk_fixture_done, .bytes = write->bytes};
    memset(write->bytes, 0x5a, 512);
    disk_submit(f->disk, write);
    struct disk_request *read = disk_fixture_submit(f, DISK_READ, 0, 512);
    assert_int_equal(f->memory.read_at_hand, 0);
    atomic_store(&f->memory.held, false);
    disk_fixture_until(f, 2);
    disk_release(f->disk, write);
    assert_int_equal(read->bytes[0], 0x5a);
    assert_read(f, read, 0);
}

static void one_turn_reads_so_much_and_leaves_the_rest_to_the_thread(void **state)
{
    struct disk_fixture *f = *state;
    start(f, MEMORY_DISK_BYTES, 0);
    struct disk_request *first = disk_fixture_submit(f, DISK_READ, 0, DISK_AT_HAND_BYTES - 512);
    struct disk_request *second = disk_fixture_submit(f, DISK_READ, 4096, 1024);
    assert_int_equal(f->memory.read_at_hand, 1);
    disk_fixture_until(f, 2);
    assert_read(f, first, 0);
    assert_read(f, second, 0);
    assert_int_equal(f->memory.calls[MEMORY_READ], 1);
    let_the_thread_fail(f);
    struct disk_request *third = disk_fixture_submit(f, DISK_READ, 4096, 1024); /* a turn of its own */
    disk_fixture_until(f, 3);
    assert_read(f, third, 0);
}

static void under_the_virtual_clock_it_comes_when_it_is_due(void **state)
{
    struct disk_fixture *f = *state;
    start(f, MEMORY_DISK_BYTES, LATENCY);
    let_the_thread_fail(f);
    struct disk_request *request = disk_fixture_submit(f, DISK_READ, 0, 4096);
    disk_poll(f->disk);
    assert_int_equal(f->done, 0);
    assert_int_equal(disk_next_deadline(f->disk), LATENCY);
    f->clock.ticks = LATENCY;
    disk_poll(f->disk);
    assert_int_equal(f->done, 1);
    assert_read(f, request, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(a_read_of_what_is_in_memory_is_there_at_the_next_poll),
        DISK_TEST(what_is_there_in_part_is_read_by_the_thread),
        DISK_TEST(a_read_behind_a_write_waits_for_it),
        DISK_TEST(one_turn_reads_so_much_and_leaves_the_rest_to_the_thread),
        DISK_TEST(under_the_virtual_clock_it_comes_when_it_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
