/* SPDX-License-Identifier: MIT */
#include "harts.h"

#include "fence.h"
#include "trap.h"

struct hart harts[HARTS];

static void (*volatile job)(void);
static volatile unsigned jobs;            /* given out so far */
static volatile unsigned finished[HARTS]; /* how many of them each hart has done */

void run_on_all(void (*work)(void))
{
    job = work;
    fence(rw, w);                  /* who sees the new number sees the new job, and all before */
    jobs++;
    work();
    for (unsigned id = 1; id < HARTS; id++) {
        while (finished[id] != jobs)
            pause();
    }
    fence(r, rw);                  /* what comes now sees what all have done */
}

/* Called by entry.S on every hart but hart 0. */
_Noreturn void hart_main(void)
{
    trap_init();
    for (unsigned done = 0;;) {
        while (jobs == done)
            pause();
        fence(r, rw);
        job();
        fence(rw, w);              /* who sees the number sees the work */
        finished[hart_id()] = ++done;
    }
}
