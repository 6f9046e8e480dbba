/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "harts.h"
#include "ipi.h"
#include "lock.h"
#include "trap.h"

static volatile unsigned char here[HARTS];

static void arrive(void)
{
    here[hart_id()] = 1;
}

enum { ROUNDS = 100000, TOTAL = HARTS * ROUNDS };

static volatile unsigned counter;

static void count_carelessly(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        counter++;
}

static struct lock counter_lock;

static void count_with_lock(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        acquire(&counter_lock);
        counter++;
        release(&counter_lock);
    }
    printf("hart %u has counted\n", hart_id());
}

static void count_alone(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        this_hart()->count++;
}

static unsigned long sum(void)
{
    unsigned long total = 0;
    for (unsigned id = 0; id < HARTS; id++)
        total += harts[id].count;
    return total;
}

static void pass_on(void)
{
    ipi_init();
    if (hart_id() == 0)
        ipi_send(1);
    ipi_wait();
    if (hart_id() != 0)
        ipi_send((hart_id() + 1) % HARTS);
}

static uint32_t atomic_counter;

static void count_with_lr_sc(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        lr_sc_fetch_and_increment(&atomic_counter);
}

static void try_holding(void)
{
    static struct lock lock;
    int before = holding(&lock);
    acquire(&lock);
    int between = holding(&lock);
    release(&lock);
    printf("holding: %d %d %d\n", before, between, holding(&lock));
}

static volatile int out_of_step;

static void walk_together(void)
{
    for (unsigned phase = 1; phase <= 10; phase++) {
        this_hart()->phase = phase;
        barrier();
        for (unsigned id = 0; id < HARTS; id++)
            out_of_step |= harts[id].phase != phase;
        barrier();
    }
}

void main(void)
{
    trap_init();
    run_on_all(arrive);
    for (unsigned id = 0; id < HARTS; id++)
        printf("hart %u %s\n", id, here[id] ? "is here" : "is missing");

    run_on_all(count_carelessly);
    printf("without a lock: %s\n", counter == TOTAL ? "all are there" : "some are lost");

    counter = 0;
    run_on_all(count_with_lock);
    printf("with a lock: %u of %u\n", counter, TOTAL);

    run_on_all(count_alone);
    printf("each for itself: %lu of %u\n", sum(), TOTAL);

    run_on_all(pass_on);

    run_on_all(count_with_lr_sc);
    printf("lr/sc: %u of %u\n", atomic_counter, TOTAL);
    try_holding();
    run_on_all(walk_together);
    printf("barrier: 10 phases %s\n", out_of_step ? "not together" : "together");
    ipi_stop_others();
    power_off(0);
}
