/* SPDX-License-Identifier: MIT */
/* The UART in loopback, its modem and line status: class 53 of the classes of bug that emulators have had. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "uart_fixture.h"

/* The test by which Linux finds out that there is a UART at all. */
static void loopback_feeds_modem_outputs_to_modem_inputs(void **state)
{
    struct fixture *f = *state;
    set(f, MCR, LOOP | 0x0a);
    assert_int_equal(get(f, MSR) & 0xf0, 0x90);
    set(f, MCR, LOOP | 0x05);
    assert_int_equal(get(f, MSR) & 0xf0, 0x60);
}

static void modem_changes_interrupt_until_msr_is_read(void **state)
{
    struct fixture *f = *state;
    set(f, MCR, LOOP);
    get(f, MSR);
    set(f, IER, 8);
    assert_false(irq(f));
    set(f, MCR, LOOP | 2);
    assert_true(irq(f));
    assert_int_equal(get(f, IIR), 0);
    assert_int_equal(get(f, MSR), 0x11);
    assert_false(irq(f));
    assert_int_equal(get(f, MSR), 0x10);
}

static void ring_indicator_counts_at_its_end_only(void **state)
{
    struct fixture *f = *state;
    set(f, MCR, LOOP);
    get(f, MSR);
    set(f, MCR, LOOP | 4);
    assert_int_equal(get(f, MSR), 0x40);
    set(f, MCR, LOOP);
    assert_int_equal(get(f, MSR), 0x04);
}

static void loopback_returns_what_is_sent_and_sends_nothing_out(void **state)
{
    struct fixture *f = *state;
    set(f, FCR, 1);
    set(f, MCR, LOOP);
    set(f, THR, 'p');
    set(f, THR, 'q');
    assert_int_equal(f->console.length, 0);
    assert_int_equal(get(f, LSR), SENT | READY);
    assert_int_equal(get(f, RBR), 'p');
    assert_int_equal(get(f, RBR), 'q');
}

static void loopback_keeps_the_wire_waiting(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    set(f, MCR, LOOP);
    assert_int_equal(uart16550_room(f->uart), 0);
    assert_int_equal(receive(f, "a"), 0);
    set(f, MCR, 0);
    assert_int_equal(receive(f, "a"), 1);
}

static void seventeenth_byte_overruns_and_the_fifo_keeps_the_first_16(void **state)
{
    struct fixture *f = *state;
    set(f, FCR, 1);
    set(f, MCR, LOOP);
    for (unsigned i = 0; i < 16; i++)
        set(f, THR, 'a' + i);
    uint64_t lsr;
    assert_true(device_peek(f->dev, LSR, 1, &lsr));
    assert_int_equal(lsr & OVERRUN, 0);
    set(f, THR, 'z');
    assert_int_equal(get(f, LSR), SENT | READY | OVERRUN);
    assert_int_equal(get(f, LSR), SENT | READY);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(get(f, RBR), 'a' + i);
    assert_int_equal(get(f, LSR), SENT);
}

static void overrun_without_fifos_keeps_the_newest_byte(void **state)
{
    struct fixture *f = *state;
    set(f, MCR, LOOP);
    set(f, THR, 'a');
    set(f, THR, 'b');
    assert_int_equal(get(f, LSR), SENT | READY | OVERRUN);
    assert_int_equal(get(f, RBR), 'b');
    assert_int_equal(get(f, LSR), SENT);
}

static void line_status_interrupt_is_first_and_ends_with_the_lsr_read(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 0x04);
    set(f, MCR, LOOP);
    set(f, THR, 'a');
    assert_false(irq(f));
    set(f, THR, 'b');
    assert_true(irq(f));
    get(f, LSR);
    assert_false(irq(f));
    set(f, IER, 0x07);
    get(f, RBR);
    set(f, THR, 'a');
    set(f, THR, 'b');
    assert_int_equal(get(f, IIR), LINE_STATUS);
    get(f, LSR);
    assert_int_equal(get(f, IIR), RECEIVED);
    get(f, RBR);
    assert_int_equal(get(f, IIR), THR_EMPTY);
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
    assert_false(irq(f));
}

static void break_shows_in_lsr_when_its_character_is_next(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    receive(f, "a");
    assert_true(uart16550_receive_break(f->uart));
    assert_int_equal(get(f, LSR), SENT | READY | FIFO_ERROR);
    assert_int_equal(get(f, RBR), 'a');
    assert_int_equal(get(f, LSR), SENT | READY | BREAK | FIFO_ERROR);
    assert_int_equal(get(f, LSR), SENT | READY);
    assert_int_equal(get(f, RBR), 0);
    assert_int_equal(get(f, LSR), SENT);
}

static void interrupts_do_not_need_out2(void **state)
{
    struct fixture *f = *state;
    set(f, MCR, 0);
    set(f, IER, 1);
    receive(f, "a");
    assert_true(irq(f));
}

static void driver_that_withdraws_rts_gets_nothing_until_it_sets_it_again(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    set(f, MCR, 0x0b);
    assert_false(uart16550_handshakes(f->uart));
    assert_int_equal(receive(f, "a"), 1);
    set(f, MCR, 0x09);
    assert_true(uart16550_handshakes(f->uart));
    assert_int_equal(receive(f, "b"), 0);
    set(f, MCR, 0x0b);
    assert_int_equal(receive(f, "b"), 1);
}

static void driver_that_never_sets_rts_is_not_held_up(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    set(f, MCR, 0x00);
    assert_false(uart16550_handshakes(f->uart));
    assert_int_equal(receive(f, "a"), 1);
}

static void handshake_is_forgotten_when_reception_is_enabled_anew(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    set(f, MCR, 0x02);
    set(f, MCR, 0x00);
    assert_int_equal(receive(f, "a"), 0);
    set(f, IER, 0x00);
    set(f, IER, 0x01);
    assert_int_equal(receive(f, "a"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loopback_feeds_modem_outputs_to_modem_inputs),
        TEST(modem_changes_interrupt_until_msr_is_read),
        TEST(ring_indicator_counts_at_its_end_only),
        TEST(loopback_returns_what_is_sent_and_sends_nothing_out),
        TEST(loopback_keeps_the_wire_waiting),
        TEST(seventeenth_byte_overruns_and_the_fifo_keeps_the_first_16),
        TEST(overrun_without_fifos_keeps_the_newest_byte),
        TEST(line_status_interrupt_is_first_and_ends_with_the_lsr_read),
        TEST(break_shows_in_lsr_when_its_character_is_next),
        TEST(interrupts_do_not_need_out2),
        TEST(driver_that_withdraws_rts_gets_nothing_until_it_sets_it_again),
        TEST(driver_that_never_sets_rts_is_not_held_up),
        TEST(handshake_is_forgotten_when_reception_is_enabled_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
