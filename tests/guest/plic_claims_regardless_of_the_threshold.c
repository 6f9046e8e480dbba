/* SPDX-License-Identifier: MIT */
/* PLIC 1.0, "Interrupt Claim Process": the threshold holds back the notification, not the claim. A
 * source of priority 0 stays what it is: never. */
/* qemu: no, it applies the threshold to claims */
#include "lib/mmio.h"

void test(void)
{
    uart_write(UART_IER, 2);
    write32(PLIC_PRIORITY(UART_SOURCE), 2);
    write32(PLIC_THRESHOLD(0), 7);
    write32(PLIC_ENABLE(0), 1 << UART_SOURCE);
    expect(1, CSR_READ(mip) & MIP_MEIP, 0);
    expect(2, read32(PLIC_CLAIM(0)), UART_SOURCE);
    expect(3, read32(PLIC_CLAIM(0)), 0);
    write32(PLIC_CLAIM(0), UART_SOURCE);
    write32(PLIC_PRIORITY(UART_SOURCE), 0);
    expect(4, read32(PLIC_CLAIM(0)), 0);
}
