/* SPDX-License-Identifier: MIT */
/* The set of descriptors that a sleep ends with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "host/wait_set.h"

enum { MANY = 100 };

static void only_the_ready_descriptor_has_a_result(void **state)
{
    (void)state;
    struct wait_set set = {0};
    int fds[2], places[MANY];
    assert_int_equal(pipe(fds), 0);
    for (int i = 0; i < MANY; i++)
        places[i] = wait_set_add(&set, i == MANY / 2 ? fds[0] : -1, POLLIN);
    assert_false(wait_set_look(&set));
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_true(wait_set_look(&set));
    for (int i = 0; i < MANY; i++)
        assert_int_equal(wait_set_result(&set, places[i]), i == MANY / 2 ? POLLIN : 0);
    close(fds[0]);
    close(fds[1]);
    wait_set_destroy(&set);
}

static void a_sleep_that_finds_nothing_leaves_no_result(void **state)
{
    (void)state;
    static const struct timespec at_once = {0};
    struct wait_set set = {0};
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    int place = wait_set_add(&set, fds[0], POLLIN);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_true(wait_set_sleep(&set, NULL, NULL));
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    assert_false(wait_set_sleep(&set, &at_once, NULL));
    assert_int_equal(wait_set_result(&set, place), 0);
    assert_int_equal(wait_set_result(&set, -1), 0);
    close(fds[0]);
    close(fds[1]);
    wait_set_destroy(&set);
}

static void a_cleared_set_waits_for_nothing(void **state)
{
    (void)state;
    struct wait_set set = {0};
    wait_set_add(&set, STDIN_FILENO, POLLIN);
    wait_set_clear(&set);
    assert_false(wait_set_look(&set));
    assert_int_equal(wait_set_add(&set, -1, 0), 0);
    wait_set_destroy(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_ready_descriptor_has_a_result),
        cmocka_unit_test(a_sleep_that_finds_nothing_leaves_no_result),
        cmocka_unit_test(a_cleared_set_waits_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
