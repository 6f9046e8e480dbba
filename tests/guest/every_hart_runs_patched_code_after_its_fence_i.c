/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* Hart 0 patches an instruction that straddles two pages and one at a page's start, calls the other
 * harts by interrupts, and each runs the new code after its own FENCE.I (norm:fence_i_op); without
 * FENCE.I it runs the old or the new one. All of them run it at once. */
/* cpus: 4 */
#include "lib/mmio.h"

#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define C_RET 0x8082
#define ROUNDS 100

static uint16_t code[2][PAGE / 2] __attribute__((aligned(PAGE)));
static volatile uint64_t answered[MAX_HARTS], wrong[MAX_HARTS], current;

static uint16_t *straddling(void)
{
    return &code[0][PAGE / 2 - 1];
}

static uint16_t *at_start(void)
{
    return code[1] + 16;
}

static void put(uint16_t *at, uint32_t instruction)
{
    ((volatile uint16_t *)at)[0] = (uint16_t)instruction;
    ((volatile uint16_t *)at)[1] = (uint16_t)(instruction >> 16);
    at[2] = C_RET;
}

static uint64_t call(const uint16_t *at)
{
    uint64_t value = 9999;
    uint64_t trap = try_call(at, &value);
    return trap == NO_TRAP ? value : trap | 0x80000;
}

static void run_all(uint64_t hart, uint64_t want)
{
    for (unsigned i = 0; i < 3; i++)
        if (call(straddling()) != want || call(at_start()) != want)
            wrong[hart] = want + 1;
}

void other_hart(void);
void other_hart(void)
{
    uint64_t hart = self()->hart;
    for (;;) {
        while (!(CSR_READ(mip) & MIP_MSIP))
            call(at_start()); /* keeps what may be stale warm */
        write32(MSIP_OF(hart), 0);
        uint64_t want = current;
        __asm__ volatile("fence\n fence.i" ::: "memory");
        run_all(hart, want);
        __asm__ volatile("fence" ::: "memory");
        answered[hart] = want;
    }
}

void test(void)
{
    uint64_t harts = wait_for_harts(4);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        put(straddling(), LI_A0(round));
        put(at_start(), LI_A0(round));
        current = round;
        __asm__ volatile("fence\n fence.i" ::: "memory");
        for (uint64_t hart = 1; hart < harts; hart++)
            write32(MSIP_OF(hart), 1);
        run_all(0, round);
        for (uint64_t hart = 1; hart < harts; hart++)
            while (answered[hart] != round) {
            }
        for (uint64_t hart = 0; hart < harts; hart++)
            expect(1, wrong[hart], 0);
    }
}
