/* SPDX-License-Identifier: MIT */
/* The queue between those who see keys and pointers, on threads of their own, and the machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#include "host/input_queue.h"

enum { KEY_A = 30, BTN_LEFT = 0x110, MANY = 5000, THREADS = 4, ROUNDS = 20000 };

static int set_up(void **state)
{
    *state = input_queue_create();
    return *state == NULL;
}

static int tear_down(void **state)
{
    input_queue_destroy(*state);
    return 0;
}

static void put(struct input_queue *queue, enum input_kind kind, unsigned code, int value)
{
    input_queue_put(queue, &(struct input_event){.kind = kind, .code = (uint16_t)code, .value = value});
}

static void point(struct input_queue *queue, uint32_t x, uint32_t y)
{
    input_queue_put(queue, &(struct input_event){.kind = INPUT_POINTER, .x = x, .y = y});
}

static void take(struct input_queue *queue, enum input_kind kind, unsigned code, int value)
{
    struct input_event event;
    assert_true(input_queue_take(queue, &event));
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.code, code);
    assert_int_equal(event.value, value);
}

static bool is_readable(const struct input_queue *queue)
{
    struct pollfd fd = {.fd = input_queue_fd(queue), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void events_come_out_in_their_order(void **state)
{
    struct input_event event;
    put(*state, INPUT_KEY, KEY_A, 1);
    put(*state, INPUT_KEY, KEY_A, 2);
    point(*state, 7, INPUT_POINTER_MAX);
    put(*state, INPUT_BUTTON, BTN_LEFT, 1);
    put(*state, INPUT_WHEEL, 1, -3);
    put(*state, INPUT_KEY, KEY_A, 0);
    take(*state, INPUT_KEY, KEY_A, 1);
    take(*state, INPUT_KEY, KEY_A, 2);
    assert_true(input_queue_take(*state, &event));
    assert_int_equal(event.x, 7);
    assert_int_equal(event.y, INPUT_POINTER_MAX);
    take(*state, INPUT_BUTTON, BTN_LEFT, 1);
    take(*state, INPUT_WHEEL, 1, -3);
    take(*state, INPUT_KEY, KEY_A, 0);
    assert_false(input_queue_take(*state, &event));
}

static void the_descriptor_is_readable_while_something_waits(void **state)
{
    struct input_event event;
    assert_false(is_readable(*state));
    for (int i = 0; i < 3; i++) {
        put(*state, INPUT_KEY, KEY_A, 1);
        put(*state, INPUT_KEY, KEY_A, 0);
        assert_true(is_readable(*state));
        input_queue_take(*state, &event);
        assert_true(is_readable(*state));
        input_queue_take(*state, &event);
        assert_false(is_readable(*state));
    }
}

static void what_cannot_be_is_no_event(void **state)
{
    struct input_event event;
    put(*state, INPUT_KEY, KEY_A, 0);
    put(*state, INPUT_KEY, KEY_A, 2);
    put(*state, INPUT_KEY, KEY_A, 3);
    put(*state, INPUT_KEY, KEY_A, -1);
    put(*state, INPUT_KEY, INPUT_CODES, 1);
    put(*state, INPUT_WHEEL, 2, 1);
    put(*state, INPUT_WHEEL, 0, 0);
    point(*state, INPUT_POINTER_MAX + 1, 0);
    point(*state, 0, INPUT_POINTER_MAX + 1);
    input_queue_put(*state, &(struct input_event){.kind = INPUT_RESIZE, .screen = INPUT_SCREENS});
    assert_false(input_queue_take(*state, &event));
    assert_false(input_queue_take_urgent(*state, &event));
    put(*state, INPUT_KEY, KEY_A, 1);
    put(*state, INPUT_KEY, KEY_A, 1);
    take(*state, INPUT_KEY, KEY_A, 1);
    assert_false(input_queue_take(*state, &event));
}

static void each_key_of_a_full_queue_that_was_pressed_is_released(void **state)
{
    static bool down[INPUT_CODES];
    struct input_event event;
    unsigned presses = 0, releases = 0;
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned code = 1; code < INPUT_CODES; code++)
            put(*state, INPUT_KEY, code, 1);
        for (unsigned i = 0; i < MANY; i++)
            put(*state, INPUT_WHEEL, 0, 1);
        for (unsigned code = 1; code < INPUT_CODES; code++)
            put(*state, INPUT_KEY, code, 0);
    }
    while (input_queue_take(*state, &event)) {
        if (event.kind != INPUT_KEY)
            continue;
        assert_int_equal(event.value, !down[event.code]);
        down[event.code] = !down[event.code];
        *(down[event.code] ? &presses : &releases) += 1;
    }
    assert_true(presses > 256);
    assert_int_equal(presses, releases);
}

static void a_full_queue_takes_a_resize_of_each_screen_and_the_end(void **state)
{
    struct input_event event;
    for (unsigned i = 0; i < MANY; i++)
        put(*state, INPUT_WHEEL, 0, 1);
    for (unsigned i = 0; i < MANY; i++) {
        put(*state, INPUT_CLOSE, 0, 0);
        input_queue_put(*state, &(struct input_event){.kind = INPUT_CLOSE, .screen = 3});
        for (unsigned screen = 0; screen < INPUT_SCREENS; screen++)
            input_queue_put(*state,
                            &(struct input_event){.kind = INPUT_RESIZE, .screen = (uint8_t)screen, .x = i, .y = 2 * i});
    }
    unsigned resizes = 0, ends = 0;
    while (input_queue_take_urgent(*state, &event)) {
        ends += event.kind == INPUT_CLOSE;
        resizes += event.kind == INPUT_RESIZE;
        if (event.kind == INPUT_RESIZE)
            assert_int_equal(event.x, MANY - 1);
    }
    assert_int_equal(ends, 1);
    assert_int_equal(resizes, INPUT_SCREENS);
}

static void the_urgent_has_a_descriptor_of_its_own(void **state)
{
    struct input_event event;
    struct pollfd fd = {.fd = input_queue_urgent_fd(*state), .events = POLLIN};
    put(*state, INPUT_KEY, KEY_A, 1);
    assert_int_equal(poll(&fd, 1, 0), 0);
    assert_false(input_queue_take_urgent(*state, &event));
    put(*state, INPUT_CLOSE, 0, 0);
    assert_int_equal(poll(&fd, 1, 0), 1);
    assert_true(input_queue_take_urgent(*state, &event));
    assert_int_equal(event.kind, INPUT_CLOSE);
    assert_int_equal(poll(&fd, 1, 0), 0);
    take(*state, INPUT_KEY, KEY_A, 1);
}

static void a_crowd_of_moves_ends_where_the_pointer_is(void **state)
{
    struct input_event event, last = {0};
    unsigned events = 0;
    for (uint32_t i = 0; i < MANY; i++)
        point(*state, i, i);
    while (input_queue_take(*state, &event)) {
        last = event;
        events++;
    }
    assert_int_equal(last.x, MANY - 1);
    assert_in_range(events, 2, 100);
}

static void a_move_stays_before_the_press_that_follows_it(void **state)
{
    struct input_event event;
    unsigned pressed_at = 0;
    for (uint32_t i = 0; i < 500; i++)
        point(*state, i, 0);
    put(*state, INPUT_BUTTON, BTN_LEFT, 1);
    point(*state, 1000, 0);
    while (input_queue_take(*state, &event) && event.kind == INPUT_POINTER)
        pressed_at = event.x;
    assert_int_equal(pressed_at, 499);
    assert_int_equal(event.kind, INPUT_BUTTON);
    assert_true(input_queue_take(*state, &event));
    assert_int_equal(event.x, 1000);
}

static void all_that_is_pressed_can_be_released_at_once(void **state)
{
    struct input_event event;
    put(*state, INPUT_KEY, KEY_A, 1);
    put(*state, INPUT_KEY, KEY_A + 1, 1);
    put(*state, INPUT_KEY, KEY_A + 1, 0);
    put(*state, INPUT_BUTTON, BTN_LEFT, 1);
    for (unsigned i = 0; i < 4; i++)
        assert_true(input_queue_take(*state, &event));
    input_queue_release_all(*state);
    take(*state, INPUT_KEY, KEY_A, 0);
    take(*state, INPUT_BUTTON, BTN_LEFT, 0);
    assert_false(input_queue_take(*state, &event));
}

static void leds_are_what_was_set_last(void **state)
{
    assert_int_equal(input_queue_leds(*state), 0);
    input_queue_set_leds(*state, 5);
    assert_int_equal(input_queue_leds(*state), 5);
}

struct presser {
    pthread_t thread;
    struct input_queue *queue;
    unsigned code; /* the first of its own */
};

static void *press_and_release(void *argument)
{
    const struct presser *presser = argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        put(presser->queue, INPUT_KEY, presser->code + i % 16, 1);
        point(presser->queue, i % INPUT_POINTER_MAX, 0);
        put(presser->queue, INPUT_KEY, presser->code + i % 16, 0);
    }
    return NULL;
}

static void *press_in_threads_and_close(void *queue)
{
    struct presser pressers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        pressers[i] = (struct presser){.queue = queue, .code = 1 + 16 * i};
        assert_int_equal(pthread_create(&pressers[i].thread, NULL, press_and_release, &pressers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(pressers[i].thread, NULL);
    put(queue, INPUT_CLOSE, 0, 0);
    return NULL;
}

/* Sleeps on the descriptor as the machine does. */
static void keys_of_many_threads_come_in_pairs(void **state)
{
    static bool down[INPUT_CODES];
    pthread_t thread;
    struct input_event event, end;
    assert_int_equal(pthread_create(&thread, NULL, press_in_threads_and_close, *state), 0);
    struct pollfd fds[] = {{.fd = input_queue_fd(*state), .events = POLLIN},
                           {.fd = input_queue_urgent_fd(*state), .events = POLLIN}};
    bool closed = false;
    while (poll(fds, 2, closed ? 0 : -1) > 0) {
        closed |= input_queue_take_urgent(*state, &end);
        if (!input_queue_take(*state, &event) || event.kind != INPUT_KEY)
            continue;
        assert_int_equal(event.value, !down[event.code]);
        down[event.code] = !down[event.code];
    }
    pthread_join(thread, NULL);
    for (unsigned code = 0; code < INPUT_CODES; code++)
        assert_false(down[code]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_come_out_in_their_order),
        TEST(the_descriptor_is_readable_while_something_waits),
        TEST(what_cannot_be_is_no_event),
        TEST(each_key_of_a_full_queue_that_was_pressed_is_released),
        TEST(a_full_queue_takes_a_resize_of_each_screen_and_the_end),
        TEST(the_urgent_has_a_descriptor_of_its_own),
        TEST(a_crowd_of_moves_ends_where_the_pointer_is),
        TEST(a_move_stays_before_the_press_that_follows_it),
        TEST(all_that_is_pressed_can_be_released_at_once),
        TEST(leds_are_what_was_set_last),
        TEST(keys_of_many_threads_come_in_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
