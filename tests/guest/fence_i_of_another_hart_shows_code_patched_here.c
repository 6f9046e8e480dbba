/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* Hart 0 patches code that hart 1 runs; after hart 1's own FENCE.I it runs the new code
 * (norm:fence_i_op). */
/* cpus: 4 */
#include "lib/env.h"

#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)

static volatile uint32_t code[2] __attribute__((aligned(64))) = {LI_A0(0), RET};
static volatile uint64_t patched, answered, answer;

void other_hart(void);
void other_hart(void)
{
    if (self()->hart != 1)
        return;
    for (uint64_t seen = 0;; seen++) {
        while (patched == seen) {
        }
        __asm__ volatile("fence\n fence.i" ::: "memory");
        uint64_t value = 9999;
        try_call(code, &value);
        answer = value;
        __asm__ volatile("fence" ::: "memory");
        answered = seen + 1;
    }
}

void test(void)
{
    if (wait_for_harts(2) < 2)
        return;
    for (uint64_t round = 1; round <= 200; round++) {
        code[0] = LI_A0(round);
        __asm__ volatile("fence" ::: "memory");
        patched = round;
        while (answered != round) {
        }
        expect(1, answer, round);
    }
}
