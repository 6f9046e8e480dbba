/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* Hart 0 patches code and executes FENCE.I, hart 1 goes on executing what it has fetched until it does so, too
 * (norm:fence_i_op). */
/* strict: stale-fetch */
/* fails: 2 */
/* cpus: 2 */
#include "lib/env.h"

#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)

static volatile uint32_t code[PAGE / 4] __attribute__((aligned(PAGE))) = {LI_A0(0), RET};
static volatile uint64_t asked, answered, answer;

void other_hart(void);
void other_hart(void)
{
    for (uint64_t round = 1;; round++) {
        while (asked != round) {
        }
        if (FIXED)
            __asm__ volatile("fence\n fence.i" ::: "memory");
        uint64_t value = 9999;
        try_call(code, &value);
        answer = value;
        __asm__ volatile("fence" ::: "memory");
        answered = round;
    }
}

static uint64_t ask(uint64_t round)
{
    __asm__ volatile("fence\n fence.i" ::: "memory");
    asked = round;
    while (answered != round) {
    }
    return answer;
}

void test(void)
{
    if (wait_for_harts(2) < 2)
        return;
    expect(1, ask(1), 0);
    code[0] = LI_A0(7);
    expect(2, ask(2), 7);
}
