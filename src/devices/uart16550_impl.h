/* SPDX-License-Identifier: MIT */
/* The 16550's registers and what it remembers. For uart16550.c, which works with them, and uart16550_saved.c. */
#ifndef MICROVM_DEVICES_UART16550_IMPL_H
#define MICROVM_DEVICES_UART16550_IMPL_H

#include "devices/input_watch.h"
#include "devices/uart16550.h"

enum { IER_RECEIVED = 1, IER_THR_EMPTY = 2, IER_LINE = 4, IER_MODEM = 8, IER_ALL = 15 };
enum {
    IIR_MODEM = 0x0,
    IIR_NONE = 0x1,
    IIR_THR_EMPTY = 0x2,
    IIR_RECEIVED = 0x4,
    IIR_LINE = 0x6,
    IIR_TIMEOUT = 0xc,
    IIR_FIFO = 0xc0
};
enum { FCR_ENABLE = 1, FCR_RESET_RECEIVER = 2, FCR_TRIGGER = 0xc0 };
enum { LCR_DLAB = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 0x10, MCR_ALL = 0x1f };
enum { LSR_READY = 1, LSR_OVERRUN = 2, LSR_BREAK = 0x10, LSR_SENT = 0x60, LSR_FIFO_ERROR = 0x80 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80, MSR_RI_DELTA = 0x04 };

/* The other end of the cable is there and ready. */
#define MODEM_CONNECTED (MSR_CTS | MSR_DSR | MSR_DCD)
#define DIVISOR_RESET 24 /* 9600 baud at 3.6864 MHz; any divisor but 0 would do */

struct character {
    uint8_t byte;
    bool broken; /* it stands for a break condition */
};

struct uart16550 {
    struct device dev;
    struct char_backend output;
    struct irq_line irq;
    struct character received[UART16550_FIFO_BYTES];
    unsigned head;
    unsigned count;
    uint8_t trigger;
    bool fifo_enabled;
    bool thre_pending; /* THR became empty, or ETBEI was set, since IIR last told so */
    struct input_watch watch;
    bool handshake; /* since the driver last enabled reception it has withdrawn RTS: it says when it can take no more */
    uint8_t errors; /* LSR_OVERRUN, LSR_BREAK until LSR is read */
    uint8_t ier;
    uint8_t lcr;
    uint8_t mcr;
    uint8_t msr_lines; /* bits 7:4 */
    uint8_t msr_delta; /* bits 3:0 */
    uint8_t scratch;
    uint16_t divisor;
};

/* The FIFO's trigger levels, by FCR's two bits. */
extern const uint8_t uart16550_triggers[4];

extern const struct state_table uart16550_saved;

static inline unsigned uart16550_capacity(const struct uart16550 *uart)
{
    return uart->fifo_enabled ? UART16550_FIFO_BYTES : 1;
}

/* In loopback the modem outputs feed the modem inputs. */
static inline uint8_t uart16550_modem_inputs(uint8_t mcr)
{
    if ((mcr & MCR_LOOP) == 0)
        return MODEM_CONNECTED;
    return (uint8_t)(((mcr & MCR_RTS) != 0 ? MSR_CTS : 0) | ((mcr & MCR_DTR) != 0 ? MSR_DSR : 0) |
                     ((mcr & MCR_OUT1) != 0 ? MSR_RI : 0) | ((mcr & MCR_OUT2) != 0 ? MSR_DCD : 0));
}

/* Drives the line to whether any interrupt is due. */
void uart16550_update_irq(struct uart16550 *uart);

#endif
