/* SPDX-License-Identifier: MIT */
/* MTIP is pending as long as mtime >= mtimecmp, unsigned (norm:mtime_intr_pending): at once for a time
 * that is past, never for all ones, whether mtimecmp is written whole or in halves
 * (norm:mtime_mtimecmp_rv64_wr). The time CSR shows mtime (norm:time_timeh_visibility_mtime), and a
 * new mtime counts at once. */
#include "lib/mmio.h"

#define COMPARE MTIMECMP_OF(0)
#define NEVER UINT64_MAX

static uint64_t mtip(void)
{
    return CSR_READ(mip) & MIP_MTIP;
}

static void set_halves(uint64_t low, uint64_t high)
{
    write32(COMPARE, low);
    write32(COMPARE + 4, high);
}

static void compare(void)
{
    write64(COMPARE, NEVER);
    expect(1, mtip(), 0);
    expect(2, read64(COMPARE), NEVER);
    write64(COMPARE, 0);
    expect(3, mtip(), MIP_MTIP);
    write64(COMPARE, UINT64_C(1) << 63); /* not negative */
    expect(4, mtip(), 0);
    CSR_WRITE(mip, MIP_MTIP); /* read-only there */
    expect(5, mtip(), 0);
    write64(COMPARE, read64(CLINT_MTIME));
    expect(6, mtip(), MIP_MTIP);
    CSR_CLEAR(mip, MIP_MTIP);
    expect(7, mtip(), MIP_MTIP);
}

static void halves(void)
{
    write64(COMPARE, UINT64_C(0x1122334455667788));
    expect(10, read32(COMPARE), 0x55667788);
    expect(11, read32(COMPARE + 4), 0x11223344);
    set_halves(UINT32_MAX, 1);
    expect(12, read64(COMPARE), UINT64_C(0x1ffffffff));
    expect(13, mtip(), 0);
    set_halves(0, 0);
    expect(14, mtip(), MIP_MTIP);
    write32(COMPARE + 4, 1);
    expect(15, mtip(), 0);
}

static void deadline(void)
{
    uint64_t start = CSR_READ(time);
    write64(COMPARE, start + 2000);
    expect(20, mtip(), 0);
    CSR_WRITE(mie, MIP_MTIP);
    while (!mtip())
        __asm__ volatile("wfi");
    uint64_t end = CSR_READ(time);
    expect(21, end >= start + 2000, true);
    CSR_WRITE(mie, 0);
    write64(COMPARE, NEVER);
    expect(22, mtip(), 0);
}

static void clock(void)
{
    uint64_t before = CSR_READ(time), now = read64(CLINT_MTIME), after = CSR_READ(time);
    expect(30, before <= now && now <= after, true);
    uint64_t low = read32(CLINT_MTIME), high = read32(CLINT_MTIME + 4);
    expect(31, high, 0);
    expect(32, low >= (uint32_t)after, true);
    write64(COMPARE, UINT64_C(0x500000000));
    write64(CLINT_MTIME, UINT64_C(0x500000000) - 2000);
    expect(33, mtip(), 0);
    expect(34, CSR_READ(time) >> 32, 4);
    write64(CLINT_MTIME, UINT64_C(0x500000000));
    expect(35, mtip(), MIP_MTIP);
    expect(36, read32(CLINT_MTIME + 4), 5);
    expect(37, CSR_READ(time) - UINT64_C(0x500000000) < 100000000, true);
    write32(CLINT_MTIME + 4, 1);
    expect(38, read64(CLINT_MTIME) >> 32, 1);
    expect(39, mtip(), 0);
    write64(CLINT_MTIME, 0);
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        compare();
        halves();
        deadline();
        clock();
    }
}
