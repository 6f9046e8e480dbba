/* SPDX-License-Identifier: MIT */
/* A function is patched whose page was fetched from before. */
/* says: stale-code */
/* fails: 1 */
/* fact: (patched+0x0) in S mode */
/* fact: it fetched 0x0010 from 0x80201006, where memory holds 0x0020 by now */
/* fact: missing: fence.i after the store at 0x802 */
/* fact: (changed_here+0x0), before this instruction */
#include "lib/paging.h"
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la s0, patched
    call beside
    li t0, 0x00200513
changed_here:
    sw t0, (s0)
#ifdef FIXED
    fence.i
#endif
    jalr s0
    pass_if_a0_is 2
.balign 4096
beside:
    ret
patched:
    li a0, 1
    ret
