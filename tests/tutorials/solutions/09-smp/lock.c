/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include "csr.h"
#include "fence.h"
#include "harts.h"

/* Adds 1 to *p and returns what it was, in one step that no other hart comes between. */
static uint32_t fetch_and_increment(uint32_t *p)
{
    uint32_t was;
    asm volatile("amoadd.w %0, %2, %1" : "=r"(was), "+A"(*p) : "r"(1) : "memory");
    return was;
}

void acquire(struct lock *lock)
{
    uint64_t mie = csr_read(mstatus) & MSTATUS_MIE;
    csr_clear(mstatus, MSTATUS_MIE);
    uint32_t ticket = fetch_and_increment(&lock->next);
    while (lock->serving != ticket)
        pause();
    fence(r, rw);                  /* nothing that is guarded happens before the lock is ours */
    lock->mie = mie;
    lock->holder = hart_id() + 1;
}

void release(struct lock *lock)
{
    uint64_t mie = lock->mie;
    lock->holder = 0;
    fence(rw, w);                  /* all that is guarded has happened before it is the next one's */
    lock->serving++;
    csr_set(mstatus, mie);
}

int holding(struct lock *lock)
{
    return lock->holder == hart_id() + 1;
}

static uint32_t came;
static volatile uint32_t barriers;

void barrier(void)
{
    uint32_t now = barriers;
    fence(rw, rw);
    if (fetch_and_increment(&came) == HARTS - 1) {
        fence(r, rw);
        came = 0;
        fence(rw, w);
        barriers = now + 1;
    }
    while (barriers == now)
        pause();
    fence(r, rw);
}

uint32_t lr_sc_fetch_and_increment(uint32_t *p)
{
    uint32_t was, more, failed;
    asm volatile("1: lr.w %0, %3\n"
                 "   addiw %1, %0, 1\n"
                 "   sc.w %2, %1, %3\n"
                 "   bnez %2, 1b"
                 : "=&r"(was), "=&r"(more), "=&r"(failed), "+A"(*p) : : "memory");
    return was;
}
