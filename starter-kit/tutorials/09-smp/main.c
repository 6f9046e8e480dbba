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
    power_off(0);
}
