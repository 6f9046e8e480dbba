/* SPDX-License-Identifier: MIT */
/* The UART: class 53 of the classes of bug that emulators have had. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "devices/uart16550.h"
#include "fakes.h"

enum { RBR = 0, THR = 0, DLL = 0, IER = 1, DLM = 1, IIR = 2, FCR = 2, LCR = 3 };
enum { MCR = 4, LSR = 5, MSR = 6, SCR = 7 };
enum { DLAB = 0x80, LOOP = 0x10 };
enum { READY = 0x01, OVERRUN = 0x02, BREAK = 0x10, SENT = 0x60, FIFO_ERROR = 0x80 };
enum { NO_INTERRUPT = 1, THR_EMPTY = 2, RECEIVED = 4, LINE_STATUS = 6, TIMEOUT = 12, FIFO = 0xc0 };

struct fixture {
    struct fake_console console;
    struct fake_lines lines;
    struct uart16550 *uart;
    const struct device *dev;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct char_backend output = fake_backend(&f->console);
    struct irq_line irq = fake_line(&f->lines, 0);
    f->uart = uart16550_create(&output, &irq);
    f->dev = uart16550_device(f->uart);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    uart16550_destroy(f->uart);
    test_free(f);
    return 0;
}

static uint64_t get(struct fixture *f, unsigned offset)
{
    return reg_get(f->dev, offset, 1);
}

static void set(struct fixture *f, unsigned offset, uint64_t value)
{
    reg_set(f->dev, offset, 1, value);
}

static bool irq(const struct fixture *f)
{
    return f->lines.level[0];
}

static size_t receive(struct fixture *f, const char *text)
{
    return uart16550_receive(f->uart, (const uint8_t *)text, strlen(text));
}

/* FIFOs on, receive interrupt on. */
static void start_driver(struct fixture *f, unsigned fcr)
{
    set(f, FCR, fcr);
    set(f, IER, 1);
}

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

static void guest_that_polls_lsr_or_rbr_gets_input(void **state)
{
    struct fixture *f = *state;
    get(f, LSR);
    assert_int_equal(uart16550_room(f->uart), 0);
    get(f, LSR);
    assert_int_equal(uart16550_room(f->uart), 1);
    set(f, FCR, 0x03);
    assert_int_equal(uart16550_room(f->uart), 0);
    get(f, RBR);
    get(f, RBR);
    assert_int_equal(uart16550_room(f->uart), 16);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

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
        TEST(no_input_is_taken_before_the_guest_looks_for_it),
        TEST(guest_that_polls_lsr_or_rbr_gets_input),
        TEST(peek_changes_nothing),
        TEST(offsets_past_the_registers_are_refused),
        TEST(reset_lowers_the_interrupt_and_empties_the_fifo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
