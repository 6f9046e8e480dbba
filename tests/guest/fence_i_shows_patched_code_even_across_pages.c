/* SPDX-License-Identifier: MIT */
/* Code that was run, then overwritten, runs as written after FENCE.I (norm:fence_i_op): within a
 * page, across two pages, and when it patches the very block it stands in. Without FENCE.I the old
 * or the new one runs, and nothing else. */
#include "lib/env.h"

#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)

static uint32_t code[2][PAGE / 4] __attribute__((aligned(PAGE)));

static void put(uint16_t *at, uint32_t instruction)
{
    at[0] = (uint16_t)instruction;
    at[1] = (uint16_t)(instruction >> 16);
}

static uint64_t call(uint16_t *at)
{
    uint64_t value = 9999;
    expect(90, try_call(at, &value), NO_TRAP);
    return value;
}

static void patch_at(uint16_t *at)
{
    put(at + 2, RET);
    for (uint32_t i = 0; i < 40; i++) {
        put(at, LI_A0(i));
        __asm__ volatile("fence.i" ::: "memory");
        expect(1, call(at), i);
        expect(2, call(at), i);
        put(at, LI_A0(i + 100));
        uint64_t either = call(at);
        expect(3, either == i || either == i + 100, true);
    }
}

/* Stores over the instruction behind its own FENCE.I, in one straight run of code. */
static uint64_t patch_itself(uint32_t instruction)
{
    register uint64_t a0 __asm__("a0") = 0;
    __asm__ volatile(".balign 4\n la t0, 1f\n sw %1, (t0)\n fence.i\n .option push\n .option norvc\n"
                     "1: addi a0, x0, 0\n .option pop\n"
                     : "+r"(a0)
                     : "r"(instruction)
                     : "t0", "memory");
    return a0;
}

void test(void)
{
    uint16_t *first = (uint16_t *)code[0];
    patch_at(first);
    patch_at(first + PAGE / 2 - 2);
    patch_at(first + PAGE / 2 - 1);
    patch_at(first + PAGE / 2);
    for (uint32_t i = 1; i < 40; i++)
        expect(4, patch_itself(LI_A0(i)), i);
}
