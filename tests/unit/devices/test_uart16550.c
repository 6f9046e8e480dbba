/* SPDX-License-Identifier: MIT */
/* The UART: class 53 of the classes of bug that emulators have had. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "uart_fixture.h"

static void reset_values_are_those_of_the_data_sheet(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, IER), 0);
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
    assert_int_equal(get(f, LCR), 0);
    assert_int_equal(get(f, MCR), 0);
    assert_int_equal(get(f, LSR), SENT);
    assert_int_equal(get(f, MSR), 0xb0);
    assert_false(irq(f));
}

static void byte_written_reaches_the_console_at_once(void **state)
{
    struct fixture *f = *state;
    set(f, THR, 'o');
    assert_int_equal(get(f, LSR), SENT);
    set(f, THR, 'k');
    assert_int_equal(f->console.length, 2);
    assert_memory_equal(f->console.text, "ok", 2);
}

static void word_store_to_thr_sends_one_byte(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, THR, 4, 0x41424344);
    assert_int_equal(f->console.length, 1);
    assert_int_equal(f->console.text[0], 'D');
    assert_int_equal(reg_get(f->dev, LSR - 1, 4), 0); /* MCR alone, at its own offset */
}

static void thr_interrupt_comes_when_it_is_enabled_while_thr_is_empty(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 2);
    assert_true(irq(f));
    assert_int_equal(get(f, IIR), THR_EMPTY);
}

static void iir_read_withdraws_the_thr_interrupt(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 2);
    assert_int_equal(get(f, IIR), THR_EMPTY);
    assert_false(irq(f));
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
    set(f, IER, 2);
    assert_false(irq(f));
}

static void thr_interrupt_rearms_after_a_write_and_after_reenabling(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 2);
    get(f, IIR);
    set(f, THR, 'x');
    assert_true(irq(f));
    assert_int_equal(get(f, IIR), THR_EMPTY);
    set(f, IER, 0);
    set(f, IER, 2);
    assert_true(irq(f));
    assert_int_equal(get(f, IIR), THR_EMPTY);
}

static void iir_read_that_names_another_interrupt_keeps_the_thr_interrupt(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 3);
    receive(f, "a");
    assert_int_equal(get(f, IIR), RECEIVED);
    assert_int_equal(get(f, RBR), 'a');
    assert_int_equal(get(f, IIR), THR_EMPTY);
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
}

static void received_byte_interrupts_until_it_is_read(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 1);
    assert_int_equal(receive(f, "a"), 1);
    assert_true(irq(f));
    assert_int_equal(get(f, LSR), SENT | READY);
    assert_int_equal(get(f, IIR), RECEIVED);
    assert_true(irq(f));
    assert_int_equal(get(f, RBR), 'a');
    assert_false(irq(f));
    assert_int_equal(get(f, LSR), SENT);
}

static void without_fifos_one_byte_is_taken_at_a_time(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 1);
    assert_int_equal(uart16550_room(f->uart), 1);
    assert_int_equal(receive(f, "ab"), 1);
    assert_int_equal(uart16550_room(f->uart), 0);
    assert_int_equal(receive(f, "b"), 0);
    assert_int_equal(get(f, RBR), 'a');
    assert_int_equal(receive(f, "b"), 1);
    assert_int_equal(get(f, RBR), 'b');
    assert_int_equal(get(f, LSR) & OVERRUN, 0);
}

static void fifo_takes_16_bytes_and_keeps_their_order(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    assert_int_equal(receive(f, "abc"), 3);
    assert_int_equal(get(f, RBR), 'a');
    assert_int_equal(receive(f, "defghijklmnopqrstuvwxyz"), 14);
    assert_int_equal(uart16550_room(f->uart), 0);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(get(f, RBR), 'b' + i);
    assert_int_equal(get(f, LSR), SENT);
    assert_int_equal(get(f, RBR), 0);
}

static void iir_tells_that_the_fifos_are_on(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
    set(f, FCR, 1);
    assert_int_equal(get(f, IIR), FIFO | NO_INTERRUPT);
    set(f, FCR, 0);
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
}

static void each_trigger_level_separates_time_out_from_received(void **state)
{
    struct fixture *f = *state;
    const unsigned levels[] = {1, 4, 8, 14};
    for (unsigned code = 0; code < 4; code++) {
        start_driver(f, 0x03 | code << 6);
        for (unsigned count = 1; count <= 16; count++) {
            assert_int_equal(receive(f, "x"), 1);
            unsigned expected = count >= levels[code] ? RECEIVED : TIMEOUT;
            assert_int_equal(get(f, IIR), FIFO | expected);
            assert_true(irq(f));
        }
    }
}

static void fifo_control_bits_count_only_with_the_enable_bit(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    receive(f, "ab");
    set(f, FCR, 0xc1);
    assert_int_equal(get(f, IIR), FIFO | TIMEOUT);
    assert_int_equal(get(f, RBR), 'a');
    set(f, FCR, 0xc0);
    assert_int_equal(get(f, IIR), NO_INTERRUPT);
    receive(f, "c");
    set(f, FCR, 0x02);
    assert_int_equal(get(f, RBR), 'c');
}

static void receiver_reset_empties_the_fifo_and_lowers_the_interrupt(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    receive(f, "abc");
    set(f, FCR, 0x03);
    assert_false(irq(f));
    assert_int_equal(get(f, LSR), SENT);
    assert_int_equal(uart16550_room(f->uart), 16);
}

static void transmitter_reset_leaves_the_receiver_alone(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    receive(f, "abc");
    set(f, FCR, 0x05);
    assert_int_equal(get(f, RBR), 'a');
}

static void dlab_selects_the_divisor_and_hides_the_data_registers(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 1);
    receive(f, "a");
    set(f, LCR, DLAB | 3);
    set(f, DLL, 0x34);
    set(f, DLM, 0x12);
    assert_int_equal(get(f, DLL), 0x34);
    assert_int_equal(get(f, DLM), 0x12);
    set(f, LCR, 3);
    assert_int_equal(get(f, IER), 1);
    assert_int_equal(get(f, RBR), 'a');
    assert_int_equal(f->console.length, 0);
    assert_int_equal(get(f, LCR), 3);
}

static void ier_holds_four_bits_and_mcr_five(void **state)
{
    struct fixture *f = *state;
    set(f, IER, 0xff);
    assert_int_equal(get(f, IER), 0x0f);
    set(f, MCR, 0xff);
    assert_int_equal(get(f, MCR), 0x1f);
}

static void scratch_holds_a_byte(void **state)
{
    struct fixture *f = *state;
    set(f, SCR, 0xa5);
    assert_int_equal(get(f, SCR), 0xa5);
    set(f, SCR, 0x5a);
    assert_int_equal(get(f, SCR), 0x5a);
}

static void poll_for_input(struct fixture *f, unsigned reg)
{
    for (unsigned i = 0; i < 16; i++)
        get(f, reg);
}

/* Linux clears the FIFOs and reads RBR once when it opens the port: piped input must not be there
 * yet. */
static void no_input_is_taken_before_the_guest_looks_for_it(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(receive(f, "a"), 0);
    set(f, FCR, 0x01);
    set(f, FCR, 0x07);
    set(f, FCR, 0x00);
    get(f, LSR);
    get(f, RBR);
    get(f, IIR);
    get(f, MSR);
    for (unsigned i = 0; i < 20; i++) {
        get(f, LSR);
        set(f, THR, 'x');
    }
    assert_int_equal(receive(f, "a"), 0);
    set(f, IER, 0x05);
    assert_int_equal(receive(f, "a"), 1);
}

/* Linux, opening the port: two of its checks read LSR in a row, and at the end it throws away what RBR holds. */
static void no_input_is_taken_while_linux_opens_the_port(void **state)
{
    struct fixture *f = *state;
    poll_for_input(f, LSR); /* what ran before waited for input */
    set(f, FCR, 0x07);
    for (unsigned i = 0; i < 5; i++) {
        get(f, LSR);
        assert_int_equal(receive(f, "a"), 0);
    }
    get(f, RBR);
    assert_int_equal(receive(f, "a"), 0);
    set(f, IER, 0x05);
    assert_int_equal(receive(f, "a"), 1);
}

static void guest_that_polls_lsr_or_rbr_gets_input(void **state)
{
    struct fixture *f = *state;
    get(f, LSR);
    assert_int_equal(uart16550_room(f->uart), 0);
    poll_for_input(f, LSR);
    assert_int_equal(uart16550_room(f->uart), 1);
    set(f, FCR, 0x03);
    assert_int_equal(uart16550_room(f->uart), 0);
    poll_for_input(f, RBR);
    assert_int_equal(uart16550_room(f->uart), 16);
}

/* A loop that draws, then looks for a key: the wait before each character and the look follow each other in LSR. */
static void guest_that_polls_between_its_output_gets_input(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 16; i++) {
        get(f, LSR);
        get(f, LSR);
        set(f, THR, '.');
    }
    assert_int_equal(uart16550_room(f->uart), 1);
}

static void peek_changes_nothing(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    set(f, IER, 0x0f);
    receive(f, "ab");
    uart16550_receive_break(f->uart);
    uint64_t first[8];
    uint64_t again[8];
    for (unsigned i = 0; i < 8; i++)
        assert_true(device_peek(f->dev, i, 1, &first[i]));
    for (unsigned i = 0; i < 8; i++)
        assert_true(device_peek(f->dev, i, 1, &again[i]));
    assert_memory_equal(first, again, sizeof first);
    assert_int_equal(first[RBR], 'a');
    assert_int_equal(get(f, RBR), 'a');
}

static void offsets_past_the_registers_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_true(reg_refused(f->dev, 8, 1));
    assert_true(reg_refused(f->dev, UART16550_SIZE - 1, 1));
}

static void reset_lowers_the_interrupt_and_empties_the_fifo(void **state)
{
    struct fixture *f = *state;
    start_driver(f, 0x01);
    receive(f, "abc");
    assert_true(irq(f));
    f->dev->reset(f->dev->state);
    assert_false(irq(f));
    reset_values_are_those_of_the_data_sheet(state);
    set(f, THR, 'k');
    assert_int_equal(f->console.text[0], 'k');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reset_values_are_those_of_the_data_sheet),
        TEST(byte_written_reaches_the_console_at_once),
        TEST(word_store_to_thr_sends_one_byte),
        TEST(thr_interrupt_comes_when_it_is_enabled_while_thr_is_empty),
        TEST(iir_read_withdraws_the_thr_interrupt),
        TEST(thr_interrupt_rearms_after_a_write_and_after_reenabling),
        TEST(iir_read_that_names_another_interrupt_keeps_the_thr_interrupt),
        TEST(received_byte_interrupts_until_it_is_read),
        TEST(without_fifos_one_byte_is_taken_at_a_time),
        TEST(fifo_takes_16_bytes_and_keeps_their_order),
        TEST(iir_tells_that_the_fifos_are_on),
        TEST(each_trigger_level_separates_time_out_from_received),
        TEST(fifo_control_bits_count_only_with_the_enable_bit),
        TEST(receiver_reset_empties_the_fifo_and_lowers_the_interrupt),
        TEST(transmitter_reset_leaves_the_receiver_alone),
        TEST(dlab_selects_the_divisor_and_hides_the_data_registers),
        TEST(ier_holds_four_bits_and_mcr_five),
        TEST(scratch_holds_a_byte),
        TEST(no_input_is_taken_before_the_guest_looks_for_it),
        TEST(no_input_is_taken_while_linux_opens_the_port),
        TEST(guest_that_polls_lsr_or_rbr_gets_input),
        TEST(guest_that_polls_between_its_output_gets_input),
        TEST(peek_changes_nothing),
        TEST(offsets_past_the_registers_are_refused),
        TEST(reset_lowers_the_interrupt_and_empties_the_fifo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
