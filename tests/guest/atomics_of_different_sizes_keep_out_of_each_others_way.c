/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* One doubleword, changed by all harts at once: its halves by LR.W and SC.W and by AMOs of words, the
 * whole by LR.D and SC.D and by AMOs of doublewords. Nothing is lost (norm:lr_sc_atomicity_axiom,
 * norm:sc_other_hart_store_fail), and everybody gets on (norm:lrsc_eventuality_region). */
/* cpus: 4 */
#include "lib/together.h"

#define ROUNDS 20000
#define LOW UINT64_C(1)
#define HIGH (UINT64_C(1) << 32)

static uint64_t shared __attribute__((aligned(64)));

static void add_w(uint32_t *at, uint64_t value)
{
    __asm__ volatile("1: lr.w t0, (%0)\n add t0, t0, %1\n sc.w t1, t0, (%0)\n bnez t1, 1b\n" ::"r"(at), "r"(value)
                     : "t0", "t1", "memory");
}

static void add_d(uint64_t *at, uint64_t value)
{
    __asm__ volatile("1: lr.d t0, (%0)\n add t0, t0, %1\n sc.d t1, t0, (%0)\n bnez t1, 1b\n" ::"r"(at), "r"(value)
                     : "t0", "t1", "memory");
}

/* Each round adds 4 to the low half and 4 to the high half; neither ever overflows. */
static void work(void)
{
    uint32_t *halves = (uint32_t *)&shared;
    for (unsigned i = 0; i < ROUNDS; i++) {
        add_w(&halves[0], 1);
        __asm__ volatile("amoadd.w x0, %1, (%0)" ::"r"(&halves[1]), "r"(UINT64_C(1)) : "memory");
        add_d(&shared, LOW + HIGH);
        __asm__ volatile("amoadd.d x0, %1, (%0)" ::"r"(&shared), "r"(LOW + HIGH) : "memory");
        add_w(&halves[1], 1);
        __asm__ volatile("amoadd.w.aqrl x0, %1, (%0)" ::"r"(&halves[0]), "r"(UINT64_C(1)) : "memory");
    }
}

void test(void)
{
    uint64_t harts = work_together(4);
    expect(1, *(volatile uint64_t *)&shared, 4 * ROUNDS * harts * (LOW + HIGH));
}
