/* SPDX-License-Identifier: MIT */
/* once: the second time there is code already */
/* A function is written into a page from which another one was executed: what the hart fetched then is what it executes
 * until its FENCE.I, where it has never been before, too (norm:fence_i_op). */
/* strict: stale-fetch */
/* fails: 2 */
#include "lib/env.h"

#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)

static volatile uint32_t code[PAGE / 4] __attribute__((aligned(PAGE))) = {LI_A0(1), RET};

void test(void)
{
    uint64_t value = 0;
    expect(1, try_call(code, &value), NO_TRAP);
    code[512] = LI_A0(2);
    code[513] = RET;
    if (FIXED)
        __asm__ volatile("fence.i" ::: "memory");
    expect(2, try_call(code + 512, &value), NO_TRAP);
    expect(3, value, 2);
}
