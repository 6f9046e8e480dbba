/* SPDX-License-Identifier: MIT */
/* A page fault's handler maps the page and returns, and the fault comes again. */
/* says: stale-translation */
/* fact: store at 0x40001000 by pc 0x802 */
/* fact: (used_here+0x0) */
/* fact: which faulted though it is allowed by now */
/* fact: missing: sfence.vma after the store at 0x802 */
/* fact: (changed_here+0x0), before this store */
/* endless: yes */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    tables
    la t0, handler
    csrw stvec, t0
    use ROOT
    sfence.vma
    li s0, PAGE + 0x1000
used_here:
    sd s0, (s0)
    li a0, 2
    pass_if_a0_is 2
.balign 4
handler:
    li t0, LAST_TABLE + 8
    li t1, PTE(SECOND, RW)
changed_here:
    sd t1, (t0)
#ifdef FIXED
    sfence.vma
#endif
    sret
