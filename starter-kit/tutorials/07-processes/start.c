/* SPDX-License-Identifier: MIT */
/* Machine mode: it prepares the hart for supervisor mode, goes there, and is not needed again. */
#include <stdint.h>

#include "csr.h"

void main(void);

const char *device_tree;           /* where the machine has put it */

/* Called by entry.S. */
void start(uint64_t hart, const char *tree)
{
    (void)hart;
    device_tree = tree;

    /* The lower modes may use no memory until physical memory protection lets them: one region,
       from 0 to the top, readable, writable and executable. */
    csr_write(pmpaddr0, ~0ul >> 10);
    csr_write(pmpcfg0, 0x0f);

    /* Their traps do not come up here. */
    csr_write(medeleg, 0xffff);
    csr_write(mideleg, 0xffff);

    /* They may read the time, and supervisor mode may set its own timer. */
    csr_write(mcounteren, COUNTEREN_TIME);
    csr_write(scounteren, COUNTEREN_TIME);
    csr_set(menvcfg, MENVCFG_STCE);

    /* "Return" to supervisor mode, where we never came from; paging is still off. */
    csr_write(satp, 0);
    csr_write(mstatus, (csr_read(mstatus) & ~MSTATUS_MPP) | MSTATUS_MPP_S);
    csr_write(mepc, main);
    asm volatile("mret");
}
