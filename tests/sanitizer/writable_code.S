/* SPDX-License-Identifier: MIT */
/* A kernel maps its code with all rights, and never takes one back. */
/* says: writable-code */
/* fact: in S mode */
/* fact: S level 1, entry at 0x80401008 = 0x200800cf: leaf, with W and X */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    tables RWX
    use ROOT
    sfence.vma
    nop
#ifdef FIXED
    entry KERNEL_TABLE, 1, PTE(0x80200000, RX)
    sfence.vma
#endif
    li a0, 2
    pass_if_a0_is 2
