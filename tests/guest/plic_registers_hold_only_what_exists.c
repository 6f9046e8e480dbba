/* SPDX-License-Identifier: MIT */
/* PLIC 1.0: source 0 does not exist: no priority, no enable; pending bits are read-only; a priority
 * and a threshold hold at least 0 to 7, whatever was written. */
/* qemu: no, source 0's enable can be set */
#include "lib/mmio.h"

void test(void)
{
    write32(PLIC_PRIORITY(0), 5);
    expect(1, read32(PLIC_PRIORITY(0)), 0);
    write32(PLIC_ENABLE(0), UINT32_MAX);
    expect(2, read32(PLIC_ENABLE(0)) & 1 << 0, 0);
    expect(3, read32(PLIC_ENABLE(0)) >> UART_SOURCE & 3, 3);
    write32(PLIC_PENDING(0), UINT32_MAX);
    expect(4, read32(PLIC_PENDING(0)), 0);
    for (uint64_t priority = 0; priority <= 7; priority++) {
        write32(PLIC_PRIORITY(UART_SOURCE), priority);
        expect(5, read32(PLIC_PRIORITY(UART_SOURCE)), priority);
        write32(PLIC_THRESHOLD(1), priority);
        expect(6, read32(PLIC_THRESHOLD(1)), priority);
    }
    write32(PLIC_THRESHOLD(1), 0);
    expect(7, read32(PLIC_CLAIM(0)), 0);
    expect(8, CSR_READ(mip) & MIP_MEIP, 0);
}
