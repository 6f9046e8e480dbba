/* SPDX-License-Identifier: MIT */
/* Devices say which sizes they serve (norm:pma_io_rwx_per_sz); any other, a misaligned one, one
 * between the devices, and a fetch are access faults, precise and without effect
 * (norm:pma_idp_misaligned_exc). A wider access to a register of the UART is one to that register. */
/* qemu: no, it splits and widens accesses as it likes */
#include "lib/mmio.h"

#define HOLE 0x30000000

static uint64_t value;

#define REFUSED(number, instruction, at, cause)                                                                        \
    do {                                                                                                               \
        uint64_t refused_at = at;                                                                                      \
        value = 0x1234;                                                                                                \
        expect(number, TRY(instruction, value, refused_at), cause);                                                    \
        expect(number + 1, self()->tval, refused_at);                                                                  \
        expect(number + 2, value, 0x1234);                                                                             \
    } while (0)

static void sizes(void)
{
    REFUSED(1, "lb %0, (%1)", PLIC_PRIORITY(1), CAUSE_LOAD_ACCESS);
    REFUSED(1, "ld %0, (%1)", PLIC_PRIORITY(2), CAUSE_LOAD_ACCESS);
    REFUSED(4, "sh %0, (%1)", PLIC_PRIORITY(1), CAUSE_STORE_ACCESS);
    REFUSED(4, "sd %0, (%1)", PLIC_PRIORITY(2), CAUSE_STORE_ACCESS);
    expect(7, read32(PLIC_PRIORITY(1)) | read32(PLIC_PRIORITY(2)) | read32(PLIC_PRIORITY(3)), 0);
    REFUSED(8, "lh %0, (%1)", CLINT_MTIMECMP, CAUSE_LOAD_ACCESS);
    REFUSED(8, "lbu %0, (%1)", CLINT_MSIP, CAUSE_LOAD_ACCESS);
    REFUSED(11, "sb %0, (%1)", CLINT_MTIMECMP, CAUSE_STORE_ACCESS);
    REFUSED(11, "fsd ft0, (%1)", RTC + 0x10, CAUSE_STORE_ACCESS);
    REFUSED(14, "fld ft0, (%1)", RTC, CAUSE_LOAD_ACCESS);
}

static void misaligned(void)
{
    for (uint64_t offset = 1; offset < 8; offset++)
        REFUSED(20, "ld %0, (%1)", CLINT_MTIMECMP + offset, CAUSE_LOAD_ACCESS);
    for (uint64_t offset = 1; offset < 4; offset++) {
        REFUSED(23, "sw %0, (%1)", CLINT_MTIMECMP + offset, CAUSE_STORE_ACCESS);
        REFUSED(26, "sw %0, (%1)", UART + offset, CAUSE_STORE_ACCESS);
    }
    REFUSED(29, "lhu %0, (%1)", UART + UART_SCR, CAUSE_LOAD_ACCESS);
    REFUSED(32, "sw %0, (%1)", FINISHER + 2, CAUSE_STORE_ACCESS);
}

static void holes(void)
{
    REFUSED(40, "lb %0, (%1)", HOLE, CAUSE_LOAD_ACCESS);
    REFUSED(43, "sd %0, (%1)", HOLE, CAUSE_STORE_ACCESS);
    REFUSED(46, "lw %0, (%1)", UART + 8, CAUSE_LOAD_ACCESS);
    REFUSED(49, "lw %0, (%1)", RTC + 0x20, CAUSE_LOAD_ACCESS);
    REFUSED(52, "ld %0, (%1)", UINT64_MAX - 7, CAUSE_LOAD_ACCESS);
    REFUSED(55, "sd %0, (%1)", UINT64_C(1) << 56, CAUSE_STORE_ACCESS);
    expect(58, try_call((void *)UART, &value), CAUSE_FETCH_ACCESS);
    expect(59, self()->tval, UART);
    expect(60, try_call((void *)CLINT_MTIME, &value), CAUSE_FETCH_ACCESS);
    expect(61, try_call((void *)HOLE, &value), CAUSE_FETCH_ACCESS);
    expect(62, self()->epc, HOLE);
}

static void wide_uart(void)
{
    uart_write(UART_SCR, 0xa5);
    expect(70, read8(UART + UART_SCR), 0xa5);
    write32(UART + UART_MCR, 0xffffff00); /* MCR alone: not MCR, LSR, MSR, SCR */
    expect(71, uart_read(UART_SCR), 0xa5);
    expect(72, read32(UART + UART_MCR), 0);
    write16(UART + UART_IIR, 0x3300);
    expect(73, uart_read(UART_LCR) & 0x30, 0);
}

void test(void)
{
    for (unsigned warm = 0; warm < 2; warm++) {
        sizes();
        misaligned();
        holes();
        wide_uart();
    }
}
