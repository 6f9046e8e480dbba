/* SPDX-License-Identifier: MIT */
/* once: its input comes once */
/* A guest that polls the UART without its FIFO gets each byte at its next look, and none is lost; one that sends without
 * waiting for the transmitter gets input as well. */
/* input: 100000 */
/* qemu: no, its input comes at a line's pace */
#include "lib/mmio.h"

#define LSR_READY 1
#define TEXT "0123456789\n" /* what the runner repeats */
#define TEXT_BYTES 11
#define SLOWEST_STEPS_PER_BYTE 100

static uint64_t steps(void)
{
    uint64_t count;
    __asm__ volatile("csrr %0, minstret" : "=r"(count));
    return count;
}

static void wait(bool sends)
{
    while (!(uart_read(UART_LSR) & LSR_READY))
        if (sends)
            uart_write(UART_THR, 0);
}

static void read(unsigned first, unsigned count, bool sends)
{
    for (unsigned i = first; i < first + count; i++) {
        wait(sends);
        expect(1, uart_read(UART_RBR), (uint64_t)TEXT[i % TEXT_BYTES]);
    }
}

void test(void)
{
    read(0, 1, true);
    uint64_t before = steps();
    read(1, 49999, true);
    read(50000, 50000, false);
    expect(2, (steps() - before) / 99999 < SLOWEST_STEPS_PER_BYTE, true);
}
