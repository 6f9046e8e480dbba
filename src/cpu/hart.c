/* SPDX-License-Identifier: MIT */
#include "cpu/hart.h"

#include <string.h>

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/observer.h"
#include "mmu/mmu.h"
#include "mmu/pmp.h"

enum exec hart_raise(struct hart *h, unsigned cause, uint64_t tval)
{
    h->trap = (struct trap){.cause = cause, .tval = tval};
    return EXEC_TRAP;
}

/* norm:M-mode_at_rst1. Steps go on counting over a reset: they are the machine's, and the guest cannot see them. */
void hart_reset(struct hart *h, uint64_t pc)
{
    if (UNLIKELY(h->observer != NULL))
        observer_reset(h);
    memset(h->x, 0, sizeof h->x);
    memset(h->f, 0, sizeof h->f);
    h->pc = h->reset_pc = pc;
    h->priv = PRIV_M;
    h->virt = false;
    h->reservation = (struct reservation){0};
    h->wait = HART_RUNS;
    h->irq_lines = 0;
    h->trap = (struct trap){0};
    h->watch = (struct trap_watch){0};
    h->again = (struct trap_again){0};
    csr_reset(h);
    pmp_update(h);
    mmu_flush_all(h);
    csr_status_changed(h);
}

void hart_watch_accesses(struct hart *h)
{
    h->accesses_told = h->points != NULL || h->observer != NULL;
    h->walks_told = h->strict != NULL;
    for (const struct observer *o = h->observer; o != NULL; o = o->next)
        h->walks_told |= o->walk != NULL;
}

void hart_set_line(struct hart *h, uint64_t mip_bit, bool level)
{
    uint64_t lines = level ? h->irq_lines | mip_bit : h->irq_lines & ~mip_bit;
    if (lines == h->irq_lines)
        return;
    h->irq_lines = lines;
    h->look = true;
    if (UNLIKELY(h->observer != NULL))
        observer_irq(h, mip_bit, level);
}
