/* SPDX-License-Identifier: MIT */
/* Requests that wait for the host instead of failing: on-error=enospc and on-error=pause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disk_fixture.h"

static int set_up_enospc(void **state)
{
    disk_fixture_set_up(state);
    struct disk_fixture *f = *state;
    f->options.on_error = DISK_ON_ERROR_ENOSPC;
    return 0;
}

#define HOLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_enospc, disk_fixture_tear_down)

static struct disk_request *submit_write(struct disk_fixture *f, uint64_t offset, uint8_t byte)
{
    struct disk_request *request = disk_request_get(f->disk);
    assert_non_null(request);
    memset(request->bytes, byte, 512);
    disk_release(f->disk, request);
    return disk_fixture_submit(f, DISK_WRITE, offset, 512);
}

/* Until the host has refused it, for the first time or again. */
static void until_held(struct disk_fixture *f, struct error *line)
{
    while (!disk_take_hold(f->disk, line))
        sched_yield();
    assert_true(disk_is_held(f->disk));
}

static void a_write_without_room_waits_and_is_done_when_there_is_some(void **state)
{
    struct disk_fixture *f = *state;
    struct error line = {""};
    disk_fixture_start(f, 0);
    atomic_store(&f->memory.full, true);
    struct disk_request *request = submit_write(f, 1024, 7);
    until_held(f, &line);
    disk_poll(f->disk);
    assert_int_equal(f->done, 0);
    assert_int_equal(disk_in_flight(f->disk), 1);
    atomic_store(&f->memory.full, false);
    disk_retry(f->disk);
    disk_fixture_until(f, 1);
    assert_int_equal(request->error, 0);
    disk_release(f->disk, request);
    assert_int_equal(disk_fixture_expect(f, 1024, 512, 7), 0);
    assert_false(disk_take_warning(f->disk, &line));
}

static void the_line_says_which_disk_and_how_much(void **state)
{
    struct disk_fixture *f = *state;
    struct error line = {""};
    disk_fixture_start(f, 0);
    assert_false(disk_take_hold(f->disk, &line));
    atomic_store(&f->memory.full, true);
    submit_write(f, 1024, 7);
    until_held(f, &line);
    assert_non_null(strstr(line.text, "disk 'memory': a write of 512 bytes at byte 1024 failed: No space left"));
    assert_false(disk_take_hold(f->disk, &line));
    disk_retry(f->disk);
    until_held(f, &line); /* each try is told of once */
    atomic_store(&f->memory.full, false);
}

static void what_comes_behind_waits_too_and_stays_in_order(void **state)
{
    struct disk_fixture *f = *state;
    struct error line;
    disk_fixture_start(f, 0);
    atomic_store(&f->memory.full, true);
    submit_write(f, 0, 1);
    submit_write(f, 0, 2);
    disk_fixture_submit(f, DISK_FLUSH, 0, 0);
    submit_write(f, 0, 3);
    until_held(f, &line);
    disk_settle(f->disk); /* comes back */
    assert_int_equal(atomic_load(&f->memory.calls[MEMORY_SYNC]), 0);
    atomic_store(&f->memory.full, false);
    disk_retry(f->disk);
    disk_fixture_until(f, 4);
    assert_int_equal(f->memory.now[0], 3);
    assert_int_equal(f->memory.stable[0], 2);
}

static void other_errors_are_the_guests_unless_all_are_to_wait(void **state)
{
    struct disk_fixture *f = *state;
    struct error line;
    f->memory.fail_call[MEMORY_READ] = 1;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_expect(f, 0, 512, 0), EIO);
    assert_true(disk_close(f->disk, NULL));
    f->options.on_error = DISK_ON_ERROR_PAUSE;
    f->memory.fail_call[MEMORY_READ] = 2;
    f->done = 0;
    disk_fixture_start(f, 0);
    struct disk_request *request = disk_fixture_submit(f, DISK_READ, 0, 512);
    until_held(f, &line);
    disk_retry(f->disk);
    disk_fixture_until(f, 1);
    assert_int_equal(request->error, 0);
}

static void what_a_sync_has_lost_is_told_at_once(void **state)
{
    struct disk_fixture *f = *state;
    f->options.on_error = DISK_ON_ERROR_PAUSE;
    f->memory.fail_with = ENOSPC;
    f->memory.fail_call[MEMORY_SYNC] = 1;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_write(f, 0, 512, 1), 0);
    assert_int_equal(disk_fixture_flush(f), ENOSPC);
    assert_int_equal(disk_fixture_flush(f), ENOSPC);
    disk_close(f->disk, NULL);
    f->disk = NULL;
}

static void closing_tries_once_more_and_tells_what_is_lost(void **state)
{
    struct disk_fixture *f = *state;
    struct error err = {""};
    disk_fixture_start(f, 0);
    atomic_store(&f->memory.full, true);
    submit_write(f, 0, 1);
    submit_write(f, 512, 2);
    until_held(f, &err);
    assert_false(disk_close(f->disk, &err));
    assert_non_null(strstr(err.text, "'memory'"));
    assert_non_null(strstr(err.text, "is not written"));
    disk_fixture_start(f, 0);
    submit_write(f, 0, 1);
    submit_write(f, 512, 2);
    until_held(f, &err);
    atomic_store(&f->memory.full, false);
    assert_true(disk_close(f->disk, &err));
    f->disk = NULL;
    assert_int_equal(f->memory.stable[0], 1);
    assert_int_equal(f->memory.stable[512], 2);
}

static void under_the_virtual_clock_it_is_late_and_not_lost(void **state)
{
    struct disk_fixture *f = *state;
    struct error line;
    disk_fixture_start(f, 10);
    atomic_store(&f->memory.full, true);
    submit_write(f, 0, 1);
    submit_write(f, 512, 2);
    f->clock.ticks = 10;
    disk_poll(f->disk);
    assert_int_equal(f->done, 0);
    assert_true(disk_take_hold(f->disk, &line));
    assert_int_equal(disk_next_deadline(f->disk), 10);
    disk_poll(f->disk); /* comes back, as nothing has changed */
    assert_int_equal(f->done, 0);
    atomic_store(&f->memory.full, false);
    disk_retry(f->disk);
    disk_poll(f->disk);
    assert_int_equal(f->done, 2);
    assert_int_equal(f->memory.now[512], 2);
}

static void what_is_forgotten_is_not_written(void **state)
{
    struct disk_fixture *f = *state;
    struct error line;
    disk_fixture_start(f, 0);
    atomic_store(&f->memory.full, true);
    submit_write(f, 0, 1);
    submit_write(f, 512, 2);
    until_held(f, &line);
    disk_forget(f->disk);
    assert_int_equal(disk_in_flight(f->disk), 0);
    atomic_store(&f->memory.full, false);
    assert_int_equal(disk_fixture_write(f, 1024, 512, 3), 0);
    assert_int_equal(f->memory.now[0] | f->memory.now[512], 0);
    assert_true(disk_close(f->disk, &line));
    f->disk = NULL;
}

/* Saved while a write is held, loaded into another disk, which has room: it performs that write, and no other. */
static void what_is_held_is_saved_and_performed_where_it_is_loaded(void **state)
{
    struct disk_fixture *f = *state;
    struct disk_fixture *other;
    struct error err;
    uint8_t saved[64];
    f->memory.most = 512;
    disk_fixture_start(f, 0);
    submit_write(f, 0, 1);
    while (atomic_load(&f->memory.calls[MEMORY_WRITE]) == 0)
        sched_yield();
    disk_settle(f->disk);
    atomic_store(&f->memory.full, true);
    submit_write(f, 512, 2);
    disk_fixture_submit(f, DISK_FLUSH, 0, 0);
    until_held(f, &err);
    struct state_part part = disk_part(f->disk);
    size_t bytes = part.blob->bytes(part.object);
    assert_true(bytes == 24);
    part.blob->save(part.object, saved);

    disk_fixture_set_up((void **)&other);
    disk_fixture_start(other, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct disk_request *request = disk_request_get(other->disk);
        *request = (struct disk_request){.operation = i < 2 ? DISK_WRITE : DISK_FLUSH,
                                         .offset = i * 512u,
                                         .length = i < 2 ? 512 : 0,
                                         .owner = other,
                                         .done = disk_fixture_done,
                                         .bytes = request->bytes};
        memset(request->bytes, (int)i + 1, 512);
        disk_resume(other->disk, request);
    }
    part = disk_part(other->disk);
    assert_true(part.blob->check(part.object, saved, bytes, &err));
    assert_true(part.blob->load(part.object, saved, bytes, &err));
    disk_settle(other->disk);
    assert_int_equal(atomic_load(&other->memory.calls[MEMORY_ANY]), 0); /* nothing before the machine runs */
    disk_poll(other->disk);
    disk_fixture_until(other, 3);
    assert_int_equal(other->memory.stable[0], 0);
    assert_int_equal(other->memory.stable[512], 2);
    disk_fixture_tear_down((void **)&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOLD_TEST(a_write_without_room_waits_and_is_done_when_there_is_some),
        HOLD_TEST(the_line_says_which_disk_and_how_much),
        HOLD_TEST(what_comes_behind_waits_too_and_stays_in_order),
        HOLD_TEST(other_errors_are_the_guests_unless_all_are_to_wait),
        HOLD_TEST(what_a_sync_has_lost_is_told_at_once),
        HOLD_TEST(closing_tries_once_more_and_tells_what_is_lost),
        HOLD_TEST(under_the_virtual_clock_it_is_late_and_not_lost),
        HOLD_TEST(what_is_forgotten_is_not_written),
        HOLD_TEST(what_is_held_is_saved_and_performed_where_it_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
