/* SPDX-License-Identifier: MIT */
/* The NS16550A's registers, receive FIFO, loopback and interrupts, by National Semiconductor's data sheet. The transmit FIFO
 * never holds anything, as a character leaves in the moment of its write. */
#include "devices/uart16550.h"

#include <stdlib.h>

#include "base/bits.h"
#include "devices/uart16550_impl.h"

static bool in_loopback(const struct uart16550 *uart)
{
    return (uart->mcr & MCR_LOOP) != 0;
}

/* A guest that polls gets what the host has at once: without a FIFO, the event loop would bring one byte a turn. */
static void ask_for_input(struct uart16550 *uart)
{
    if (uart->count == 0 && uart->output.wanted != NULL && uart16550_polled(uart) && uart16550_room(uart) > 0)
        uart->output.wanted(uart->output.owner);
}

/* The time-out needs four character times of silence; they take no time here, so a FIFO below its trigger times out at once. */
static uint8_t received_interrupt(const struct uart16550 *uart)
{
    bool triggered = !uart->fifo_enabled || uart->count >= uart->trigger;
    return triggered ? IIR_RECEIVED : IIR_TIMEOUT;
}

/* The interrupt of the highest priority, as IIR names it. */
static uint8_t interrupt_id(const struct uart16550 *uart)
{
    if ((uart->ier & IER_LINE) != 0 && uart->errors != 0)
        return IIR_LINE;
    if ((uart->ier & IER_RECEIVED) != 0 && uart->count != 0)
        return received_interrupt(uart);
    if ((uart->ier & IER_THR_EMPTY) != 0 && uart->thre_pending)
        return IIR_THR_EMPTY;
    if ((uart->ier & IER_MODEM) != 0 && uart->msr_delta != 0)
        return IIR_MODEM;
    return IIR_NONE;
}

void uart16550_update_irq(struct uart16550 *uart)
{
    irq_set(&uart->irq, interrupt_id(uart) != IIR_NONE);
}

/* A break becomes visible when its character is the next to be read. */
static void reveal_break(struct uart16550 *uart)
{
    struct character *next = &uart->received[uart->head];
    if (uart->count == 0 || !next->broken)
        return;
    next->broken = false;
    uart->errors |= LSR_BREAK;
}

/* A full FIFO keeps what it has and loses the new character; a full holding register is overwritten. */
static void push(struct uart16550 *uart, struct character new)
{
    bool full = uart->count == uart16550_capacity(uart);
    if (full)
        uart->errors |= LSR_OVERRUN;
    if (full && uart->fifo_enabled)
        return;
    if (!full)
        uart->count++;
    unsigned last = uart->head + uart->count - 1;
    uart->received[last % UART16550_FIFO_BYTES] = new;
    reveal_break(uart);
}

static uint8_t pop(struct uart16550 *uart)
{
    if (uart->count == 0)
        return 0;
    uint8_t byte = uart->received[uart->head].byte;
    uart->head = (uart->head + 1) % UART16550_FIFO_BYTES;
    uart->count--;
    reveal_break(uart);
    return byte;
}

/* A guest that clears the receiver before it has read anything has not begun to listen: it was given input on a guess, or,
 * like Linux, it switches the FIFOs on when it has enabled reception. What it cannot have meant to lose is given back. */
static void give_back(struct uart16550 *uart, bool switched)
{
    bool early = switched || (uart->watch.guessed && uart16550_polled(uart));
    if (!early || uart->watch.taken || uart->count == 0 || in_loopback(uart) || uart->output.unread == NULL)
        return;
    uint8_t bytes[UART16550_FIFO_BYTES];
    for (unsigned i = 0; i < uart->count; i++)
        bytes[i] = uart->received[(uart->head + i) % UART16550_FIFO_BYTES].byte;
    uart->output.unread(uart->output.owner, bytes, uart->count);
}

/* switched: as the FIFOs go on or off. */
static void clear_receiver(struct uart16550 *uart, bool switched)
{
    give_back(uart, switched);
    uart->head = 0;
    uart->count = 0;
    uart->errors &= (uint8_t)~LSR_BREAK;
    uart->watch = (struct input_watch){.last = uart->watch.last};
}

static bool divisor_selected(const struct uart16550 *uart)
{
    return (uart->lcr & LCR_DLAB) != 0;
}

static uint64_t peek_rbr_dll(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    if (divisor_selected(uart))
        return uart->divisor & 0xff;
    return uart->count != 0 ? uart->received[uart->head].byte : 0;
}

static uint64_t read_rbr_dll(void *state, uint32_t index)
{
    struct uart16550 *uart = state;
    if (divisor_selected(uart)) {
        input_watch_note(&uart->watch, ACCESS_OTHER);
        return peek_rbr_dll(state, index);
    }
    input_watch_note(&uart->watch, ACCESS_RBR);
    ask_for_input(uart);
    uart->watch.taken |= uart->count > 0;
    uint8_t byte = pop(uart);
    uart16550_update_irq(uart);
    return byte;
}

/* Writing THR withdraws its interrupt; as the character is gone at once, THR becomes empty anew. */
static void transmit(struct uart16550 *uart, uint8_t byte)
{
    uart->thre_pending = false;
    if (in_loopback(uart))
        push(uart, (struct character){.byte = byte});
    else
        uart->output.write(uart->output.owner, &byte, 1);
    uart->thre_pending = true;
}

static void write_thr_dll(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    if (divisor_selected(uart)) {
        uart->divisor = (uint16_t)field_set(uart->divisor, 0x00ff, value);
        return;
    }
    transmit(uart, (uint8_t)value);
    uart16550_update_irq(uart);
}

static uint64_t read_ier_dlm(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    return divisor_selected(uart) ? uart->divisor >> 8 : uart->ier;
}

/* Setting ETBEI while THR is empty (it always is) asks for the interrupt at once. */
static void write_ier_dlm(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    if (divisor_selected(uart)) {
        uart->divisor = (uint16_t)field_set(uart->divisor, 0xff00, value);
        return;
    }
    if ((value & ~uart->ier & IER_THR_EMPTY) != 0)
        uart->thre_pending = true;
    if ((value & ~uart->ier & IER_RECEIVED) != 0)
        uart->handshake = false;
    uart->ier = value & IER_ALL;
    uart16550_update_irq(uart);
}

static uint64_t peek_iir(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    return interrupt_id(uart) | (uart->fifo_enabled ? IIR_FIFO : 0);
}

/* Reading IIR withdraws the THR interrupt if that is what it names. */
static uint64_t read_iir(void *state, uint32_t index)
{
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    uint64_t iir = peek_iir(state, index);
    if (interrupt_id(uart) == IIR_THR_EMPTY)
        uart->thre_pending = false;
    uart16550_update_irq(uart);
    return iir;
}

/* The other bits count only together with FCR_ENABLE; switching the FIFOs on or off empties them. */
static void write_fcr(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    bool enable = (value & FCR_ENABLE) != 0, switched = enable != uart->fifo_enabled;
    if (switched || (enable && (value & FCR_RESET_RECEIVER) != 0))
        clear_receiver(uart, switched);
    uart->fifo_enabled = enable;
    uart->trigger = enable ? uart16550_triggers[field_get(value, FCR_TRIGGER)] : 1;
    uart16550_update_irq(uart);
}

static uint64_t read_lcr(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    return uart->lcr;
}

static void write_lcr(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    uart->lcr = (uint8_t)value;
}

static uint64_t read_mcr(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    return uart->mcr;
}

/* The ring indicator counts when it ends, the other inputs at every change. */
static void write_mcr(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    if ((uart->mcr & ~value & MCR_RTS) != 0 && ((uart->mcr | value) & MCR_LOOP) == 0)
        uart->handshake |= (uart->ier & IER_RECEIVED) != 0;
    uart->mcr = value & MCR_ALL;
    uint8_t lines = uart16550_modem_inputs(uart->mcr);
    uint8_t changed = (uint8_t)((uart->msr_lines ^ lines) >> 4);
    if ((lines & MSR_RI) != 0)
        changed &= (uint8_t)~MSR_RI_DELTA;
    uart->msr_lines = lines;
    uart->msr_delta |= changed;
    uart16550_update_irq(uart);
}

static bool holds_error(const struct uart16550 *uart)
{
    bool broken = (uart->errors & LSR_BREAK) != 0;
    for (unsigned i = 0; i < uart->count; i++)
        broken |= uart->received[(uart->head + i) % UART16550_FIFO_BYTES].broken;
    return broken;
}

static uint64_t peek_lsr(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    uint64_t lsr = LSR_SENT | uart->errors;
    if (uart->count != 0)
        lsr |= LSR_READY;
    if (uart->fifo_enabled && holds_error(uart))
        lsr |= LSR_FIFO_ERROR;
    return lsr;
}

static uint64_t read_lsr(void *state, uint32_t index)
{
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_LSR);
    ask_for_input(uart);
    uint64_t lsr = peek_lsr(state, index);
    if (uart->errors != 0) {
        uart->errors = 0;
        uart16550_update_irq(uart);
    }
    return lsr;
}

static uint64_t peek_msr(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    return uart->msr_lines | uart->msr_delta;
}

static uint64_t read_msr(void *state, uint32_t index)
{
    struct uart16550 *uart = state;
    input_watch_note(&uart->watch, ACCESS_OTHER);
    uint64_t msr = peek_msr(state, index);
    uart->msr_delta = 0;
    uart16550_update_irq(uart);
    return msr;
}

static uint64_t read_scratch(void *state, uint32_t index)
{
    (void)index;
    const struct uart16550 *uart = state;
    return uart->scratch;
}

static void write_scratch(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct uart16550 *uart = state;
    uart->scratch = (uint8_t)value;
}

/* Teaching kernels store whole words: a wider access means the register at its address. */
#define BYTE_REG(at) .offset = (at), .size = 1, .widest = 8

static const struct reg uart_regs[] = {
    {.name = "RBR_THR_DLL",
     BYTE_REG(0),
     .read = read_rbr_dll,
     .write = write_thr_dll,
     .peek = peek_rbr_dll,
     .meaning = "receive a byte, send a byte; with DLAB the divisor's low byte"},
    {.name = "IER_DLM",
     BYTE_REG(1),
     .read = read_ier_dlm,
     .write = write_ier_dlm,
     .meaning = "interrupt enables; with DLAB the divisor's high byte"},
    {.name = "IIR_FCR",
     BYTE_REG(2),
     .read = read_iir,
     .write = write_fcr,
     .peek = peek_iir,
     .meaning = "read: the interrupt; write: FIFO control"},
    {.name = "LCR",
     BYTE_REG(3),
     .read = read_lcr,
     .write = write_lcr,
     .meaning = "frame format (no effect); bit 7: DLAB"},
    {.name = "MCR", BYTE_REG(4), .read = read_mcr, .write = write_mcr, .meaning = "modem outputs; bit 4: loopback"},
    {.name = "LSR",
     BYTE_REG(5),
     .read = read_lsr,
     .peek = peek_lsr,
     .meaning = "line status; a read clears the errors"},
    {.name = "MSR",
     BYTE_REG(6),
     .read = read_msr,
     .peek = peek_msr,
     .meaning = "modem inputs and, until read, their changes"},
    {.name = "SCR", BYTE_REG(7), .read = read_scratch, .write = write_scratch, .meaning = "scratch"},
    REG_END,
};

static void uart_reset(void *state)
{
    struct uart16550 *uart = state;
    *uart = (struct uart16550){
        .dev = uart->dev,
        .output = uart->output,
        .irq = uart->irq,
        .trigger = 1,
        .msr_lines = MODEM_CONNECTED,
        .divisor = DIVISOR_RESET,
    };
    uart16550_update_irq(uart);
}

struct uart16550 *uart16550_create(const struct char_backend *output, const struct irq_line *irq)
{
    struct uart16550 *uart = calloc(1, sizeof *uart);
    if (uart == NULL)
        return NULL;
    uart->dev = (struct device){
        .name = "uart16550",
        .state = uart,
        .regs = uart_regs,
        .reset = uart_reset,
        .saved = &uart16550_saved,
    };
    uart->output = *output;
    uart->irq = *irq;
    uart_reset(uart);
    return uart;
}

void uart16550_destroy(struct uart16550 *uart)
{
    free(uart);
}

const struct device *uart16550_device(const struct uart16550 *uart)
{
    return &uart->dev;
}

bool uart16550_handshakes(const struct uart16550 *uart)
{
    return uart->handshake;
}

bool uart16550_polled(const struct uart16550 *uart)
{
    return (uart->ier & IER_RECEIVED) == 0;
}

size_t uart16550_room(const struct uart16550 *uart)
{
    bool wanted = uart->watch.waits || (uart->ier & IER_RECEIVED) != 0;
    if (uart->handshake && (uart->mcr & MCR_RTS) == 0)
        return 0;
    return wanted && !in_loopback(uart) ? uart16550_capacity(uart) - uart->count : 0;
}

size_t uart16550_receive(struct uart16550 *uart, const uint8_t *bytes, size_t count)
{
    size_t room = uart16550_room(uart);
    size_t taken = count < room ? count : room;
    for (size_t i = 0; i < taken; i++)
        push(uart, (struct character){.byte = bytes[i]});
    uart16550_update_irq(uart);
    return taken;
}

bool uart16550_receive_break(struct uart16550 *uart)
{
    if (uart16550_room(uart) == 0)
        return false;
    push(uart, (struct character){.broken = true});
    uart16550_update_irq(uart);
    return true;
}
