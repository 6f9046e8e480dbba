/* SPDX-License-Identifier: MIT */
/* What a disk says when the host's fails. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "disk_fixture.h"

#define BLOCK 4096u
#define BLOCKS 16u

static void a_full_host_is_an_error_that_passes(void **state)
{
    struct disk_fixture *f = *state;
    f->memory.fail_with = ENOSPC;
    f->memory.fail_call[MEMORY_WRITE] = 2;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_write(f, 0, 512, 1), 0);
    assert_int_equal(disk_fixture_write(f, 512, 512, 2), ENOSPC);
    assert_int_equal(disk_fixture_write(f, 1024, 512, 3), 0);
    assert_int_equal(disk_fixture_flush(f), 0);
    assert_int_equal(disk_fixture_expect(f, 512, 512, 0), 0);
}

static void a_write_that_fails_half_way_is_an_error(void **state)
{
    struct disk_fixture *f = *state;
    f->memory.most = 512;
    f->memory.fail_call[MEMORY_WRITE] = 3;
    disk_fixture_start(f, 0);
    assert_int_equal(disk_fixture_write(f, 0, 4096, 1), EIO);
    assert_int_equal(disk_fixture_expect(f, 0, 1024, 1), 0);
}

static void a_failed_sync_fails_all_later_ones(void **state)
{
    struct disk_fixture *f = *state;
    f->memory.fail_call[MEMORY_SYNC] = 1;
    disk_fixture_start(f, 0);
    disk_fixture_write(f, 0, 512, 1);
    assert_int_equal(disk_fixture_flush(f), EIO);
    assert_int_equal(disk_fixture_flush(f), EIO);
    assert_int_equal(disk_fixture_write(f, 512, 512, 2), 0);
    assert_int_equal(disk_fixture_flush(f), EIO);
    assert_int_equal(disk_fixture_change(f, DISK_WRITE, 0, 512, true, false), EIO);
    assert_int_equal(disk_fixture_expect(f, 512, 512, 2), 0);
    struct error err = {""};
    assert_false(disk_close(f->disk, &err));
    f->disk = NULL;
    assert_non_null(strstr(err.text, "'memory'"));
    assert_non_null(strstr(err.text, "may be lost"));
}

static void a_failed_sync_at_the_end_is_reported(void **state)
{
    struct disk_fixture *f = *state;
    f->memory.fail_call[MEMORY_SYNC] = 1;
    disk_fixture_start(f, 0);
    disk_fixture_write(f, 0, 512, 1);
    assert_false(disk_close(f->disk, NULL));
    f->disk = NULL;
}

static void each_kind_of_trouble_is_told_once(void **state)
{
    struct disk_fixture *f = *state;
    struct error warning = {""};
    f->memory.fail_with = ENOSPC;
    f->memory.fail_call[MEMORY_WRITE] = 1;
    f->memory.fail_call[MEMORY_SYNC] = 1;
    disk_fixture_start(f, 0);
    assert_false(disk_take_warning(f->disk, &warning));
    disk_fixture_write(f, 1536, 512, 1);
    assert_true(disk_take_warning(f->disk, &warning));
    assert_non_null(strstr(warning.text, "'memory'"));
    assert_non_null(strstr(warning.text, "write at byte 1536"));
    assert_non_null(strstr(warning.text, "No space left"));
    assert_false(disk_take_warning(f->disk, &warning));
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(disk_fixture_flush(f), ENOSPC);
        assert_int_equal(disk_take_warning(f->disk, &warning), i == 0);
    }
}

/* What a guest may rely on: the last byte written to each block, or -1 where a change has failed. */
struct promise {
    int now[BLOCKS];
    bool lost; /* a flush has failed */
};

static void note(struct promise *p, unsigned block, int byte, int error)
{
    p->now[block] = error == 0 ? byte : -1;
}

static void check_stable(const struct disk_fixture *f, const struct promise *p)
{
    for (unsigned block = 0; block < BLOCKS; block++) {
        for (unsigned i = 0; i < BLOCK && p->now[block] >= 0; i++)
            assert_int_equal(f->memory.stable[block * BLOCK + i], p->now[block]);
    }
}

static void flush_and_check(struct disk_fixture *f, struct promise *p)
{
    int error = disk_fixture_flush(f);
    if (p->lost)
        assert_int_not_equal(error, 0);
    p->lost |= error != 0;
    if (error == 0)
        check_stable(f, p);
}

static void work(struct disk_fixture *f, struct promise *p, unsigned round)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        uint8_t byte = (uint8_t)(16 * round + i + 1);
        note(p, i, byte, disk_fixture_write(f, i * BLOCK, BLOCK, byte));
    }
    note(p, round, 0, disk_fixture_change(f, DISK_DISCARD, round * BLOCK, BLOCK, false, false));
    note(p, round + 4, 0, disk_fixture_change(f, DISK_WRITE_ZEROES, (round + 4) * BLOCK, BLOCK, false, round % 2));
    flush_and_check(f, p);
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (p->now[i] >= 0)
            (void)disk_fixture_expect(f, i * BLOCK, BLOCK, (uint8_t)p->now[i]);
    }
}

/* True if the n-th call was reached, and so failed. */
static bool run_with_failure(struct disk_fixture *f, enum memory_call kind, unsigned n, int error)
{
    struct promise p = {.lost = false};
    memset(&f->memory, 0, sizeof f->memory);
    f->memory.fail_call[kind] = n;
    f->memory.fail_with = error;
    f->memory.most = 3000;
    disk_fixture_start(f, 0);
    for (unsigned round = 0; round < 3; round++)
        work(f, &p, round);
    bool closed = disk_close(f->disk, NULL);
    f->disk = NULL;
    assert_int_equal(closed, !p.lost);
    if (closed)
        check_stable(f, &p);
    return f->memory.calls[kind] >= n;
}

static void sweep(struct disk_fixture *f, enum memory_call kind, int error, unsigned least)
{
    unsigned n = 1;
    while (run_with_failure(f, kind, n, error))
        n++;
    assert_true(n > least);
}

static void every_nth_read_may_fail(void **state)
{
    sweep(*state, MEMORY_READ, EIO, 60);
}

static void every_nth_write_may_fail(void **state)
{
    sweep(*state, MEMORY_WRITE, ENOSPC, 60);
}

static void every_nth_sync_may_fail(void **state)
{
    sweep(*state, MEMORY_SYNC, EIO, 3);
}

static void every_nth_allocation_of_the_file_may_fail(void **state)
{
    sweep(*state, MEMORY_ALLOCATE, ENOSPC, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(a_full_host_is_an_error_that_passes),
        DISK_TEST(a_write_that_fails_half_way_is_an_error),
        DISK_TEST(a_failed_sync_fails_all_later_ones),
        DISK_TEST(a_failed_sync_at_the_end_is_reported),
        DISK_TEST(each_kind_of_trouble_is_told_once),
        DISK_TEST(every_nth_read_may_fail),
        DISK_TEST(every_nth_write_may_fail),
        DISK_TEST(every_nth_sync_may_fail),
        DISK_TEST(every_nth_allocation_of_the_file_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
