/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* PLIC 1.0: every hart sees the interrupt and tries to claim it; one gets it, the others get 0. */
/* cpus: 4 */
#include "lib/mmio.h"

#define ROUNDS 200

static uint64_t claimed;
static volatile uint64_t go;

static void add_one(uint64_t *counter)
{
    __asm__ volatile("amoadd.d x0, %1, (%0)" ::"r"(counter), "r"(UINT64_C(1)) : "memory");
}

/* What was raised is lowered by the one that got it. */
static void try_claim(void)
{
    if (!(CSR_READ(mip) & MIP_MEIP))
        return;
    uint64_t context = M_CONTEXT(self()->hart), source = read32(PLIC_CLAIM(context));
    if (source == 0)
        return;
    expect(1, source, UART_SOURCE);
    uart_write(UART_IER, 0);
    write32(PLIC_CLAIM(context), source);
    add_one(&claimed);
}

void other_hart(void);
void other_hart(void)
{
    while (!go) {
    }
    write32(PLIC_ENABLE(M_CONTEXT(self()->hart)), 1 << UART_SOURCE);
    write32(PLIC_THRESHOLD(M_CONTEXT(self()->hart)), 0);
    for (;;)
        try_claim();
}

void test(void)
{
    wait_for_harts(4);
    write32(PLIC_PRIORITY(UART_SOURCE), 1);
    write32(PLIC_ENABLE(0), 1 << UART_SOURCE);
    write32(PLIC_THRESHOLD(0), 0);
    go = 1;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        uart_write(UART_IER, 2);
        while (*(volatile uint64_t *)&claimed < round)
            try_claim();
        expect(2, *(volatile uint64_t *)&claimed, round);
        expect(3, read32(PLIC_PENDING(0)) & 1 << UART_SOURCE, 0);
    }
}
