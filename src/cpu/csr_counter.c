/* SPDX-License-Identifier: MIT */
/* mcycle, minstret, their read-only views, and mcountinhibit. A running counter is kept as the difference to the
 * hart's own count, which costs nothing per instruction; an inhibited one as its value. */
#include "cpu/csr_rows.h"

/* norm:mcycle_minstret_wr: a write takes effect after the present instruction, which both counts will have passed
 * then. */
#define THIS_INSTRUCTION 1

static uint64_t counter_read(const struct hart *h, uint64_t stored, uint64_t inhibit, uint64_t count)
{
    return h->csr.mcountinhibit & inhibit ? stored : stored + count;
}

static uint64_t counter_written(const struct hart *h, uint64_t value, uint64_t inhibit, uint64_t count)
{
    return h->csr.mcountinhibit & inhibit ? value : value - (count + THIS_INSTRUCTION);
}

uint64_t csr_read_mcycle(const struct hart *h)
{
    return counter_read(h, h->csr.mcycle, COUNTER_CY, csr_steps(h));
}

uint64_t csr_read_minstret(const struct hart *h)
{
    return counter_read(h, h->csr.minstret, COUNTER_IR, csr_retired(h));
}

void csr_write_mcycle(struct hart *h, uint64_t value, bool *effect)
{
    (void)effect;
    h->csr.mcycle = counter_written(h, value, COUNTER_CY, csr_steps(h));
}

void csr_write_minstret(struct hart *h, uint64_t value, bool *effect)
{
    (void)effect;
    h->csr.minstret = counter_written(h, value, COUNTER_IR, csr_retired(h));
}

uint64_t csr_read_cycle(const struct hart *h)
{
    return csr_read_mcycle(h);
}

uint64_t csr_read_instret(const struct hart *h)
{
    return csr_read_minstret(h);
}

/* norm:htimedelta_sz_acc_op */
uint64_t csr_read_time(const struct hart *h)
{
    return hart_time(h) + (h->virt ? h->csr.htimedelta : 0);
}

/* norm:mcountinhibit_op2. The instruction that stops a counter is the last that it counts; the one that lets it go on
 * is not counted. */
void csr_write_mcountinhibit(struct hart *h, uint64_t value, bool *effect)
{
    (void)effect;
    uint64_t old = h->csr.mcountinhibit, now = csr_legalize(h, CSR_mcountinhibit, old, value);
    uint64_t cycles = csr_steps(h) + THIS_INSTRUCTION, instructions = csr_retired(h) + THIS_INSTRUCTION;
    if (now & ~old & COUNTER_CY)
        h->csr.mcycle += cycles;
    if (now & ~old & COUNTER_IR)
        h->csr.minstret += instructions;
    if (old & ~now & COUNTER_CY)
        h->csr.mcycle -= cycles;
    if (old & ~now & COUNTER_IR)
        h->csr.minstret -= instructions;
    h->csr.mcountinhibit = now;
}

/* norm:scountovf_op: the event counters stand still, so that none has overflowed. */
uint64_t csr_read_scountovf(const struct hart *h)
{
    (void)h;
    return 0;
}
