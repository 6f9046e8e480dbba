/* SPDX-License-Identifier: MIT */
/* For tests in which all harts do the same at the same time: they define work(). Include once. */
#ifndef MICROVM_TESTS_GUEST_TOGETHER_H
#define MICROVM_TESTS_GUEST_TOGETHER_H

#include "lib/env.h"

static volatile uint64_t together_go;
static uint64_t together_finished;

static void work(void);

static void together_work(void)
{
    work();
    __atomic_fetch_add(&together_finished, 1, __ATOMIC_SEQ_CST);
}

void other_hart(void);
void other_hart(void)
{
    while (!together_go) {
    }
    together_work();
}

/* Has up to `count` harts work and waits for all of them; how many did. */
static inline uint64_t work_together(uint64_t count)
{
    uint64_t harts = wait_for_harts(count);
    together_go = 1;
    together_work();
    while (__atomic_load_n(&together_finished, __ATOMIC_SEQ_CST) < harts) {
    }
    return harts;
}

#endif
