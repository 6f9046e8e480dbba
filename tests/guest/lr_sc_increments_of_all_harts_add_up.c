/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* Every hart increments one counter by LR and SC and another by AMO; nothing is lost
 * (norm:lr_sc_atomicity_axiom), and everybody gets on (norm:lrsc_eventuality_region). */
/* cpus: 4 */
#include "lib/together.h"

#define ROUNDS 50000

static uint64_t by_lr_sc, by_amo;

static void add_one(uint64_t *counter)
{
    __asm__ volatile("1: lr.d t0, (%0)\n addi t0, t0, 1\n sc.d t1, t0, (%0)\n bnez t1, 1b\n" ::"r"(counter)
                     : "t0", "t1", "memory");
}

static void amo_add_one(uint64_t *counter)
{
    __asm__ volatile("amoadd.d x0, %1, (%0)" ::"r"(counter), "r"(UINT64_C(1)) : "memory");
}

static void work(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        add_one(&by_lr_sc);
        amo_add_one(&by_amo);
    }
}

void test(void)
{
    uint64_t harts = work_together(4);
    expect(1, *(volatile uint64_t *)&by_lr_sc, harts * ROUNDS);
    expect(2, *(volatile uint64_t *)&by_amo, harts * ROUNDS);
}
