/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include "csr.h"
#include "fence.h"

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
}

void release(struct lock *lock)
{
    uint64_t mie = lock->mie;
    fence(rw, w);                  /* all that is guarded has happened before it is the next one's */
    lock->serving++;
    csr_set(mstatus, mie);
}
