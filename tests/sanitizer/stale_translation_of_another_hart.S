/* SPDX-License-Identifier: MIT */
/* A hart maps a page elsewhere and fences itself; the other one goes on by what it remembers. */
/* says: stale-translation */
/* options: --cpus 2 */
/* fails: 1 */
/* fact: hart 1 used a translation */
/* fact: (used_here+0x0) */
/* fact: on hart 0 */
/* fact: missing: sfence.vma on hart 1 */
/* fact: (changed_here+0x0) on its hart, before this store */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    bnez a0, 1f
    tables
    li s2, SECOND + 64
    sd zero, (s2)
    sd zero, 8(s2)
    use ROOT
    sfence.vma
    li a0, 1
    la a1, second
    li a2, 0
    li a6, 0
    li a7, 0x48534d
    ecall
1:  ld t0, (s2)
    fence
    beqz t0, 1b
    li t0, LAST_TABLE
    li t1, PTE(SECOND, RW)
changed_here:
    sd t1, (t0)
    sfence.vma
#ifdef FIXED
    li a0, 2
    li a1, 0
    li a2, 0
    li a3, 0
    li a6, 1
    li a7, 0x52464e43
    ecall
#endif
    li t0, 1
    sd t0, 8(s2)
2:  j 2b
second:
    use ROOT
    sfence.vma
    li s0, PAGE
    li s2, SECOND + 64
    ld a0, (s0)
    li t0, 1
    sd t0, (s2)
1:  ld t0, 8(s2)
    fence
    beqz t0, 1b
    li a0, 7
used_here:
    sd a0, (s0)
    li t0, SECOND
    ld a0, (t0)
    pass_if_a0_is 7
