/* SPDX-License-Identifier: MIT */
/* The NS16550A UART: 16-byte FIFOs, byte-wide registers one byte apart. Characters move at once:
 * there is no baud rate, so the transmitter is always empty. Interrupts are not gated by OUT2. */
#ifndef MICROVM_DEVICES_UART16550_H
#define MICROVM_DEVICES_UART16550_H

#include <stddef.h>

#include "bus/char_backend.h"
#include "bus/device.h"
#include "bus/irq.h"

#define UART16550_SIZE UINT64_C(0x100)
#define UART16550_FIFO_BYTES 16u

struct uart16550;

/* output takes what the guest sends, and is asked for input when a guest that polls finds none; irq is the interrupt line. Both are copied. NULL: out of
 * memory. */
struct uart16550 *uart16550_create(const struct char_backend *output, const struct irq_line *irq);
void uart16550_destroy(struct uart16550 *uart);
const struct device *uart16550_device(const struct uart16550 *uart);

/* How many bytes the receiver takes now: the free part of the FIFO (1 byte without FIFOs). 0 in
 * loopback mode, and until the guest looks for input: it enables the receive interrupt, or reads
 * LSR or RBR as one that waits (input_watch.h). */
size_t uart16550_room(const struct uart16550 *uart);

/* True if the guest has withdrawn RTS since it enabled reception: it says so when it can take no more, and there is no room
 * while RTS is low. */
bool uart16550_handshakes(const struct uart16550 *uart);

/* True if the guest is not interrupted by what it receives: it takes what it wants when it wants it. Whoever feeds one that
 * is interrupted does so at a line's speed, or it is kept from handling what it took. */
bool uart16550_polled(const struct uart16550 *uart);

/* Takes the first min(count, room) bytes from the wire and returns that number; nothing is ever
 * overrun. */
size_t uart16550_receive(struct uart16550 *uart, const uint8_t *bytes, size_t count);

/* A break condition on the wire: a zero byte with LSR.BI, if there is room. */
bool uart16550_receive_break(struct uart16550 *uart);

#endif
