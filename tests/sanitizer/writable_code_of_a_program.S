/* SPDX-License-Identifier: MIT */
/* A program's page has all rights. */
/* says: writable-code */
/* fact: pc 0x40000000 in U mode */
/* fact: S level 0, entry at 0x80403000 = 0x201040df: leaf, with W and X */
#include "lib/paging.h"
.option norvc
.section .text.start, "ax"
.global _start
_start:
    tables
    la t0, done
    csrw stvec, t0
#ifdef FIXED
    entry LAST_TABLE, 0, PTE(FIRST, 0x5b)
#else
    entry LAST_TABLE, 0, PTE(FIRST, 0xdf)
#endif
    li t0, FIRST
    li t1, 0x0000007300000013
    sd t1, (t0)
    fence.i
    use ROOT
    sfence.vma
    li t0, PAGE
    csrw sepc, t0
    li t0, 0x100
    csrc sstatus, t0
    sret
.balign 4
done:
    li a0, 2
    pass_if_a0_is 2
