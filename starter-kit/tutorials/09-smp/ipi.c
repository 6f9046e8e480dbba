/* SPDX-License-Identifier: MIT */
#include "ipi.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "fence.h"
#include "harts.h"

static volatile uint32_t *msip(unsigned id)
{
    return &REGISTER(uint32_t, CLINT_MSIP + 4 * id);
}

void ipi_init(void)
{
    csr_set(mie, INTERRUPT_SOFTWARE);
    csr_set(mstatus, MSTATUS_MIE);
}

void ipi_send(unsigned id)
{
    harts[id].mail = hart_id() + 1;
    fence(w, o);                   /* the letter is in the box before the bell rings */
    *msip(id) = 1;
}

void ipi_interrupt(void)
{
    *msip(hart_id()) = 0;          /* or it would stay pending */
    fence(o, r);                   /* a letter that comes from now on rings again */
    printf("hart %u: mail from hart %u\n", hart_id(), this_hart()->mail - 1);
}

unsigned ipi_wait(void)
{
    struct hart *me = this_hart();
    csr_clear(mstatus, MSTATUS_MIE);
    while (!me->mail) {
        asm volatile("wfi");           /* ends when an interrupt is pending, though none is taken */
        csr_set(mstatus, MSTATUS_MIE); /* here it is taken */
        csr_clear(mstatus, MSTATUS_MIE);
    }
    unsigned from = me->mail - 1;
    me->mail = 0;
    csr_set(mstatus, MSTATUS_MIE);
    return from;
}
