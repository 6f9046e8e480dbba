/* SPDX-License-Identifier: MIT */
/* The harts: which one this is, and how all of them get to work. */
#ifndef HARTS_H
#define HARTS_H

#define HARTS 8                    /* microvm run --cpus 8 */
#define STACK_SIZE 16384

#ifndef __ASSEMBLER__

/* Has every hart call work, this one too; returns when all have. Hart 0 alone may call it. */
void run_on_all(void (*work)(void));

/* What each hart has of its own, 64 bytes apart: no two share a line of a cache. */
struct hart {
    unsigned long count;
    volatile unsigned phase;       /* exercise 4 */
    volatile int stopped;          /* exercise 5 */
    volatile unsigned mail;        /* who has written, plus 1; 0: nobody */
} __attribute__((aligned(64)));

extern struct hart harts[HARTS];

/* entry.S has put the hart's number into tp, which the compiler never touches. */
static inline unsigned hart_id(void)
{
    unsigned long id;
    asm("mv %0, tp" : "=r"(id));
    return id;
}

static inline struct hart *this_hart(void)
{
    return &harts[hart_id()];
}

#endif
#endif
