/* SPDX-License-Identifier: MIT */
/* A counter is raised by lr and sc, and nobody looks whether the sc succeeded. */
/* says: reservation-lost */
/* fails: 1 */
/* fact: (unseen_here+0x0) */
/* fact: the sc has failed, and its result goes to x0 */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    li s0, FIRST
    sd zero, (s0)
    li s1, 2000
again:
    lr.d a0, (s0)
    addi a0, a0, 1
#ifdef FIXED
    sc.d t0, a0, (s0)
    bnez t0, again
#else
unseen_here:
    sc.d zero, a0, (s0)
#endif
    addi s1, s1, -1
    bnez s1, again
    ld a0, (s0)
    pass_if_a0_is 2000
