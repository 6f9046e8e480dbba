/* SPDX-License-Identifier: MIT */
/* The 16550's saved state. */
#include "devices/uart16550_impl.h"

#include "base/compiler.h"

const uint8_t uart16550_triggers[4] = {1, 4, 8, 14};

static const struct state_field character_fields[] = {
    STATE(struct character, byte, STATE_ANY, "what was received"),
    STATE(struct character, broken, 1, "it stands for a break condition"),
    STATE_END,
};

static const struct state_field watch_fields[] = {
    STATE(struct input_watch, waits, 1, "the guest waits for input by reading registers over and over"),
    STATE(struct input_watch, guessed, 1, "it may just as well have waited for the transmitter"),
    STATE(struct input_watch, taken, 1, "it has read a byte"),
    STATE(struct input_watch, last, ACCESS_RBR, "its last access: another, LSR or RBR"),
    STATE(struct input_watch, looks, INPUT_WATCH_LOOKS_OF_A_WRITER, "reads of LSR and RBR since the receiver was cleared"),
    STATE_END,
};

static const struct state_field uart_fields[] = {
    STATE_NOT(struct uart16550, dev, "made with the machine"),
    STATE_NOT(struct uart16550, output, "wiring"),
    STATE_NOT(struct uart16550, irq, "wiring"),
    STATE_INNERS(struct uart16550, received, character_fields, "the receive FIFO, a ring"),
    STATE(struct uart16550, head, UART16550_FIFO_BYTES - 1, "where its oldest character is"),
    STATE(struct uart16550, count, UART16550_FIFO_BYTES, "characters in it"),
    STATE(struct uart16550, trigger, 14, "characters from which on it interrupts: 1, 4, 8 or 14"),
    STATE(struct uart16550, fifo_enabled, 1, "else it holds one character"),
    STATE(struct uart16550, thre_pending, 1, "THR became empty since IIR last told so"),
    STATE_INNER(struct uart16550, watch, watch_fields, "whether the guest waits for input"),
    STATE(struct uart16550, handshake, 1, "the driver has withdrawn RTS since it last enabled reception"),
    STATE(struct uart16550, errors, LSR_OVERRUN | LSR_BREAK, "as LSR shows them"),
    STATE(struct uart16550, ier, IER_ALL, "IER"),
    STATE(struct uart16550, lcr, STATE_ANY, "LCR"),
    STATE(struct uart16550, mcr, MCR_ALL, "MCR"),
    STATE(struct uart16550, msr_lines, STATE_ANY, "MSR, bits 7:4"),
    STATE(struct uart16550, msr_delta, 15, "MSR, bits 3:0"),
    STATE(struct uart16550, scratch, STATE_ANY, "SCR"),
    STATE(struct uart16550, divisor, STATE_ANY, "DLL and DLM"),
    STATE_END,
};

static bool trigger_is_legal(const struct uart16550 *uart)
{
    if (!uart->fifo_enabled)
        return uart->trigger == 1;
    for (unsigned i = 0; i < ARRAY_SIZE(uart16550_triggers); i++)
        if (uart->trigger == uart16550_triggers[i])
            return true;
    return false;
}

static bool uart_check(const void *object)
{
    const struct uart16550 *uart = object;
    return trigger_is_legal(uart) && uart->count <= uart16550_capacity(uart) &&
           (uart->errors & ~(LSR_OVERRUN | LSR_BREAK)) == 0 && uart->msr_lines == uart16550_modem_inputs(uart->mcr);
}

static void uart_loaded(void *object)
{
    uart16550_update_irq(object);
}

const struct state_table uart16550_saved = {
    .fields = uart_fields,
    .bytes = sizeof(struct uart16550),
    .check = uart_check,
    .loaded = uart_loaded,
};
