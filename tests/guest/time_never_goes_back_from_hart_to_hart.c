/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* All harts' time is one clock (norm:zicntr_time_hart_sync): what one hart reads after another has told
 * it its time is not earlier. time is mtime (norm:time_timeh_visibility_mtime, norm:time_op_rdonly). */
/* cpus: 4 */
#include "lib/together.h"

#define ROUNDS 2000

static uint64_t latest, lock;

static void acquire(void)
{
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
    }
}

static void release(void)
{
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static void work(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        acquire();
        __asm__ volatile("fence iorw, iorw" ::: "memory");
        uint64_t now = CSR_READ(time);
        uint64_t mtime = *(volatile uint64_t *)CLINT_MTIME;
        uint64_t again = CSR_READ(time);
        __asm__ volatile("fence iorw, iorw" ::: "memory");
        expect(1, now >= latest, true);
        expect(2, mtime >= now && again >= mtime, true);
        latest = again;
        release();
    }
}

void test(void)
{
    work_together(4);
    expect(3, latest > 0, true);
}
