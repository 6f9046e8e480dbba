/* SPDX-License-Identifier: MIT */
/* PLIC 1.0: a source that one context claimed is gone for the others; a completion counts only from
 * a context that has the source enabled; each context has its own enables and threshold, and its own
 * interrupt: hart 0's first is MEIP, its second SEIP. */
/* qemu: no, a write of an enable shows only when something else changes */
#include "lib/mmio.h"

#define BIT (1 << UART_SOURCE)
#define M M_CONTEXT(0)
#define S S_CONTEXT(0)

static uint64_t interrupts(void)
{
    return CSR_READ(mip) & (MIP_MEIP | MIP_SEIP);
}

static uint64_t pending(void)
{
    return read32(PLIC_PENDING(UART_SOURCE)) & BIT;
}

static void enables(void)
{
    expect(1, interrupts(), 0);
    write32(PLIC_ENABLE(S), BIT);
    expect(2, interrupts(), MIP_SEIP);
    write32(PLIC_ENABLE(M), BIT);
    expect(3, interrupts(), MIP_SEIP | MIP_MEIP);
    write32(PLIC_ENABLE(S), 0);
    expect(4, interrupts(), MIP_MEIP);
    expect(5, read32(PLIC_ENABLE(S)), 0);
    expect(6, read32(PLIC_ENABLE(M)), BIT);
    write32(PLIC_ENABLE(S), BIT);
}

/* A threshold masks what is not above it. */
static void thresholds(void)
{
    for (uint64_t threshold = 0; threshold <= 7; threshold++) {
        write32(PLIC_THRESHOLD(M), threshold);
        expect(10, read32(PLIC_THRESHOLD(M)), threshold);
        expect(11, interrupts(), threshold < 3 ? MIP_SEIP | MIP_MEIP : MIP_SEIP);
    }
    write32(PLIC_THRESHOLD(M), 0);
    expect(12, interrupts(), MIP_SEIP | MIP_MEIP);
}

static void claims(void)
{
    expect(20, read32(PLIC_CLAIM(M)), UART_SOURCE);
    expect(21, read32(PLIC_CLAIM(S)), 0);
    expect(22, read32(PLIC_CLAIM(M)), 0);
    expect(23, interrupts(), 0);
    write32(PLIC_ENABLE(S), 0);
    write32(PLIC_CLAIM(S), UART_SOURCE); /* not its business */
    expect(24, pending(), 0);
    write32(PLIC_CLAIM(M), 0); /* no such source */
    write32(PLIC_CLAIM(M), UART_SOURCE + 1);
    expect(25, pending(), 0);
    write32(PLIC_ENABLE(S), BIT);
    write32(PLIC_CLAIM(S), UART_SOURCE); /* now it is */
    expect(26, pending(), BIT);
    expect(27, interrupts(), MIP_SEIP | MIP_MEIP);
    expect(28, read32(PLIC_CLAIM(S)), UART_SOURCE);
    uart_write(UART_IER, 0);
    write32(PLIC_CLAIM(S), UART_SOURCE); /* the level is low by now */
    expect(29, pending(), 0);
    expect(30, interrupts(), 0);
}

void test(void)
{
    write32(PLIC_PRIORITY(UART_SOURCE), 3);
    write32(PLIC_THRESHOLD(M), 0);
    write32(PLIC_THRESHOLD(S), 0);
    for (unsigned round = 0; round < 2; round++) {
        write32(PLIC_ENABLE(M), 0);
        write32(PLIC_ENABLE(S), 0);
        uart_write(UART_IER, 2);
        enables();
        thresholds();
        claims();
    }
}
