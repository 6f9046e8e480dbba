/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* Each hart's MSIP register is bit 0 alone and shows as MSIP in that hart's mip and no other's, and
 * only it can clear it (norm:mip_msip_rdonly). A hart in WFI wakes up; each has its own mtimecmp. */
/* cpus: 4 */
#include "lib/mmio.h"

#define ROUNDS 50

static volatile uint64_t answers[MAX_HARTS];
static volatile uint64_t wrong[MAX_HARTS];

static uint64_t pending(void)
{
    return CSR_READ(mip) & (MIP_MSIP | MIP_MTIP);
}

/* Sleeps until a software interrupt comes, withdraws it, and tells so. */
void other_hart(void);
void other_hart(void)
{
    uint64_t hart = self()->hart;
    write64(MTIMECMP_OF(hart), UINT64_MAX);
    CSR_WRITE(mie, MIP_MSIP);
    for (;;) {
        while (!(pending() & MIP_MSIP))
            __asm__ volatile("wfi");
        if (pending() & MIP_MTIP)
            wrong[hart] = 1;
        write32(MSIP_OF(hart), 0);
        if (pending() & MIP_MSIP)
            wrong[hart] = 2;
        __asm__ volatile("fence" ::: "memory");
        answers[hart] = answers[hart] + 1;
    }
}

static void own(void)
{
    write64(MTIMECMP_OF(0), UINT64_MAX);
    write32(MSIP_OF(0), 0xfffffffe);
    expect(1, read32(MSIP_OF(0)), 0);
    expect(2, pending(), 0);
    write32(MSIP_OF(0), UINT32_MAX);
    expect(3, read32(MSIP_OF(0)), 1);
    expect(4, pending(), MIP_MSIP);
    CSR_CLEAR(mip, MIP_MSIP);
    expect(5, pending(), MIP_MSIP);
    write32(MSIP_OF(0), 0);
    expect(6, pending(), 0);
    CSR_SET(mip, MIP_MSIP);
    expect(7, pending(), 0);
}

void test(void)
{
    uint64_t harts = wait_for_harts(4);
    own();
    write64(MTIMECMP_OF(0), 0); /* nobody else's */
    for (uint64_t round = 1; round <= ROUNDS; round++)
        for (uint64_t hart = 1; hart < harts; hart++) {
            write32(MSIP_OF(hart), 1);
            while (answers[hart] != round) {
            }
            expect(10, pending(), MIP_MTIP);
            expect(11, wrong[hart], 0);
            expect(12, read32(MSIP_OF(hart)), 0);
        }
    write32(MSIP_OF(MAX_HARTS - 1), 1); /* a hart that does not exist */
    expect(13, read32(MSIP_OF(MAX_HARTS - 1)), 0);
}
