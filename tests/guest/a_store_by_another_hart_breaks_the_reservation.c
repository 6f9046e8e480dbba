/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* SC fails if another hart stored to the reserved word since, even the same value
 * (norm:sc_other_hart_store_fail). */
/* cpus: 4 */
/* qemu: no, it compares values */
#include "lib/env.h"

static volatile uint64_t word __attribute__((aligned(64))) = 5;
static volatile uint64_t wanted __attribute__((aligned(64)));
static volatile uint64_t done __attribute__((aligned(64)));

/* Hart 1 stores what is there already, each time it is asked to. */
void other_hart(void);
void other_hart(void)
{
    if (self()->hart != 1)
        return;
    for (uint64_t served = 0;; served++) {
        while (wanted == served) {
        }
        word = 5;
        __asm__ volatile("fence" ::: "memory");
        done = served + 1;
    }
}

static uint64_t sc_after_remote_store(uint64_t round)
{
    uint64_t result = 1234;
    __asm__ volatile("lr.d t0, (%1)\n"
                     "sd %4, (%2)\n"
                     "1: ld t1, (%3)\n bne t1, %4, 1b\n"
                     "sc.d %0, t0, (%1)\n"
                     : "=&r"(result)
                     : "r"(&word), "r"(&wanted), "r"(&done), "r"(round)
                     : "t0", "t1", "memory");
    return result;
}

void test(void)
{
    if (wait_for_harts(2) < 2)
        return;
    for (uint64_t round = 1; round <= 100; round++)
        expect(1, sc_after_remote_store(round) != 0, true);
    expect(2, word, 5);
}
