/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* A lock taken with an acquiring AMOSWAP or an acquiring LR and SC, and given up with a releasing AMO
 * (norm:a_acquire_semantics, norm:a_release_semantics): plain loads and stores inside it lose nothing,
 * and a ticket lock serves everybody in turn. */
/* cpus: 4 */
#include "lib/together.h"

#define ROUNDS 3000

static uint64_t lock __attribute__((aligned(64)));
static uint64_t ticket __attribute__((aligned(64)));
static volatile uint64_t serving __attribute__((aligned(64)));
static volatile uint64_t plain[8] __attribute__((aligned(64)));
static volatile uint64_t in_turn;

static void take_by_swap(void)
{
    uint64_t old;
    do {
        __asm__ volatile("amoswap.w.aq %0, %2, (%1)" : "=&r"(old) : "r"(&lock), "r"(UINT64_C(1)) : "memory");
    } while (old != 0);
}

static void take_by_lr_sc(void)
{
    __asm__ volatile("1: lr.w.aq t0, (%0)\n bnez t0, 1b\n li t0, 1\n sc.w t0, t0, (%0)\n bnez t0, 1b" ::"r"(&lock)
                     : "t0", "memory");
}

static void inside(void)
{
    for (unsigned i = 0; i < 8; i++)
        plain[i] = plain[i] + 1;
    __asm__ volatile("amoswap.w.rl x0, x0, (%0)" ::"r"(&lock) : "memory");
}

static void by_ticket(void)
{
    uint64_t mine;
    __asm__ volatile("amoadd.d %0, %2, (%1)" : "=&r"(mine) : "r"(&ticket), "r"(UINT64_C(1)) : "memory");
    while (serving != mine) {
    }
    __asm__ volatile("fence" ::: "memory");
    in_turn = in_turn + 1;
    __asm__ volatile("fence" ::: "memory");
    serving = mine + 1;
}

static void work(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        take_by_swap();
        inside();
        take_by_lr_sc();
        inside();
        if (i % 100 == 0)
            by_ticket();
    }
}

void test(void)
{
    uint64_t harts = work_together(4);
    for (unsigned i = 0; i < 8; i++)
        expect(1, plain[i], 2 * ROUNDS * harts);
    expect(2, in_turn, ROUNDS / 100 * harts);
}
