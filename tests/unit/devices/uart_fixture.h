/* SPDX-License-Identifier: MIT */
/* A UART with a console and an interrupt line that tests can look at. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UART_FIXTURE_H
#define MICROVM_TESTS_UART_FIXTURE_H

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

static inline int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct char_backend output = fake_backend(&f->console);
    struct irq_line irq = fake_line(&f->lines, 0);
    f->uart = uart16550_create(&output, &irq);
    f->dev = uart16550_device(f->uart);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    uart16550_destroy(f->uart);
    test_free(f);
    return 0;
}

static inline uint64_t get(struct fixture *f, unsigned offset)
{
    return reg_get(f->dev, offset, 1);
}

static inline void set(struct fixture *f, unsigned offset, uint64_t value)
{
    reg_set(f->dev, offset, 1, value);
}

static inline bool irq(const struct fixture *f)
{
    return f->lines.level[0];
}

static inline size_t receive(struct fixture *f, const char *text)
{
    return uart16550_receive(f->uart, (const uint8_t *)text, strlen(text));
}

/* FIFOs on, receive interrupt on. */
static inline void start_driver(struct fixture *f, unsigned fcr)
{
    set(f, FCR, fcr);
    set(f, IER, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
