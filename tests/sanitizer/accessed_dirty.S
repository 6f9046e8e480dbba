/* SPDX-License-Identifier: MIT */
/* A page whose entry has V, R and W alone. */
/* says: accessed-dirty */
/* fact: store at 0x40001000 by pc 0x802 */
/* fact: (used_here+0x0) */
/* fact: S level 0, entry at 0x80403008 = 0x20104407 */
/* endless: yes */
#include "lib/paging.h"
#ifdef FIXED
#define RIGHTS RW
#else
#define RIGHTS 0x07
#endif
.section .text.start, "ax"
.global _start
_start:
    tables
    entry LAST_TABLE, 1, PTE(SECOND, RIGHTS)
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
    addi s1, s1, 1
    sret
