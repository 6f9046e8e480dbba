/* SPDX-License-Identifier: MIT */
/* The UART and guests that poll it: who waits for input, who only seems to, and that input comes as fast as it is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "uart_fixture.h"

static void poll_lsr(struct fixture *f, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        get(f, LSR);
}

/* A look and a byte sent, in turns: an early console that waits for the transmitter, or a loop that draws and never waits. */
static void look_and_send(struct fixture *f, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        get(f, LSR);
        set(f, THR, '.');
    }
}

static void poll_that_finds_nothing_asks_for_input(void **state)
{
    struct fixture *f = *state;
    poll_lsr(f, 15);
    assert_int_equal(f->console.wanted, 0);
    poll_lsr(f, 3);
    assert_int_equal(f->console.wanted, 3);
    assert_int_equal(receive(f, "a"), 1);
    poll_lsr(f, 1);
    assert_int_equal(f->console.wanted, 3); /* it found something */
    assert_int_equal(get(f, RBR), 'a');
    get(f, RBR);
    assert_int_equal(f->console.wanted, 4);
}

/* It would never get out of its handler. */
static void guest_that_is_interrupted_does_not_ask(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    poll_lsr(f, 100);
    assert_int_equal(f->console.wanted, 0);
}

static void guest_that_sends_after_each_look_gets_input_in_the_end(void **state)
{
    struct fixture *f = *state;
    look_and_send(f, 1000);
    assert_int_equal(uart16550_room(f->uart), 0);
    look_and_send(f, 24);
    assert_int_equal(receive(f, "a"), 1);
    assert_int_equal(get(f, LSR), SENT | READY);
    assert_int_equal(get(f, RBR), 'a');
}

static void early_console_gives_back_what_it_never_read(void **state)
{
    struct fixture *f = *state;
    set(f, FCR, 0x01);
    look_and_send(f, 1100);
    assert_int_equal(receive(f, "abc"), 3);
    set(f, FCR, 0x07);
    assert_int_equal(get(f, LSR), SENT);
    assert_int_equal(f->console.unread_length, 3);
    assert_memory_equal(f->console.unread, "abc", 3);
}

static void guest_that_has_read_a_byte_loses_what_it_clears(void **state)
{
    struct fixture *f = *state;
    set(f, FCR, 0x01);
    look_and_send(f, 1100);
    receive(f, "abc");
    get(f, RBR);
    set(f, FCR, 0x03);
    assert_int_equal(get(f, LSR), SENT);
    assert_int_equal(f->console.unread_length, 0);
}

static void guest_that_waited_for_input_loses_what_it_clears(void **state)
{
    struct fixture *f = *state;
    set(f, FCR, 0x01);
    poll_lsr(f, 16);
    receive(f, "abc");
    set(f, FCR, 0x03);
    assert_int_equal(f->console.unread_length, 0);
}

/* Linux writes IER before FCR when it opens the port. */
static void driver_that_enables_reception_before_the_fifo_loses_nothing(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 0x05);
    assert_int_equal(receive(f, "a"), 1);
    set(f, FCR, 0x01);
    assert_int_equal(f->console.unread_length, 1);
    assert_int_equal(f->console.unread[0], 'a');
    assert_int_equal(get(f, LSR), SENT);
}

static void driver_that_resets_its_fifo_loses_what_it_holds(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    receive(f, "a");
    set(f, FCR, 0x03);
    assert_int_equal(f->console.unread_length, 0);
    assert_int_equal(get(f, LSR), SENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(poll_that_finds_nothing_asks_for_input),
        TEST(guest_that_is_interrupted_does_not_ask),
        TEST(guest_that_sends_after_each_look_gets_input_in_the_end),
        TEST(early_console_gives_back_what_it_never_read),
        TEST(guest_that_has_read_a_byte_loses_what_it_clears),
        TEST(guest_that_waited_for_input_loses_what_it_clears),
        TEST(driver_that_enables_reception_before_the_fifo_loses_nothing),
        TEST(driver_that_resets_its_fifo_loses_what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
