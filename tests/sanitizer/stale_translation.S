/* SPDX-License-Identifier: MIT */
/* A page is mapped elsewhere, and a store goes where it was. */
/* says: stale-translation */
/* fails: 1 */
/* fact: store at 0x40000000 by pc 0x802 */
/* fact: (used_here+0x0) */
/* fact: the hart remembers: S level 0, entry at 0x80403000 = 0x201040c7 */
/* fact: memory says now: S level 0, entry at 0x80403000 = 0x201044c7 */
/* fact: it was changed by the store at pc 0x802 */
/* fact: missing: sfence.vma after the store at 0x802 */
/* fact: (changed_here+0x0), before this store */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    tables
    use ROOT
    sfence.vma
    li s0, PAGE
    ld a0, (s0)
    li t0, LAST_TABLE
    li t1, PTE(SECOND, RW)
changed_here:
    sd t1, (t0)
#ifdef FIXED
    sfence.vma s0
#endif
    li a0, 7
used_here:
    sd a0, (s0)
    li t0, SECOND
    ld a0, (t0)
    pass_if_a0_is 7
