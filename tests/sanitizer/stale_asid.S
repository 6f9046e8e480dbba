/* SPDX-License-Identifier: MIT */
/* satp gets other tables under the same ASID. */
/* says: stale-translation */
/* fails: 1 */
/* fact: (used_here+0x0) */
/* fact: satp was written with 0x8000300000080404 at pc 0x802 */
/* fact: missing: sfence.vma after the write at 0x802 */
/* fact: (changed_here+0x0), before this load */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    tables
    entry OTHER_ROOT, 2, PTE(KERNEL_TABLE, V)
    entry OTHER_ROOT, 1, PTE(OTHER_MIDDLE, V)
    entry OTHER_MIDDLE, 0, PTE(OTHER_LAST, V)
    entry OTHER_LAST, 0, PTE(SECOND, RW)
    use ROOT, 3
    sfence.vma
    li s0, PAGE
    ld a0, (s0)
    li t0, SATP(OTHER_ROOT, 3)
changed_here:
    csrw satp, t0
#ifdef FIXED
    li t0, 3
    sfence.vma zero, t0
#endif
used_here:
    ld a0, (s0)
    pass_if_a0_is 2
