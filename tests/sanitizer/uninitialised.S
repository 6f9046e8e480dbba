/* SPDX-License-Identifier: MIT */
/* A raw kernel that takes it for granted that memory is zero. Copies alone would say nothing: the branch does. */
/* says: uninitialised-memory */
/* fact: 8 bytes at 0x80800108 */
/* fact: (read_here+0x0) */
/* fact: it is what a branch depends on at pc 0x802 */
/* fact: (decided_here+0x0) */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    li s0, 0x80800100
#ifdef FIXED
    sd zero, (s0)
#endif
    ld t0, (s0)
    sd t0, 8(s0)
read_here:
    ld t1, 8(s0)
    mv t2, t1
decided_here:
    bnez t2, 1f
1:  li a0, 2
    pass_if_a0_is 2
