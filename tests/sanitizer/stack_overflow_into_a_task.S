/* SPDX-License-Identifier: MIT */
/* Two tasks have their stacks in one array, and one runs into what the other has left on its own. */
/* says: stack-overflow */
/* fact: (overflows_here+0x0) */
/* fact: now it is in what another task has on its stack */
#include "lib/paging.h"
#ifdef FIXED
#define DEPTH 2000
#else
#define DEPTH 4000
#endif
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la s0, saved
    la s1, stacks
    li t0, 2048
    add sp, s1, t0
    call leave
    li t0, 4096
    add sp, s1, t0
    call overflow
    ld sp, (s0)
    li a0, 2
    pass_if_a0_is 2
leave:
    addi sp, sp, -512
    sd ra, (sp)
    sd sp, (s0)
    ret
overflow:
    li t0, DEPTH
    sub sp, sp, t0
overflows_here:
    sd ra, 1500(sp)
    add sp, sp, t0
    ret
.data
.balign 16
saved:
    .dword 0
stacks:
    .zero 4096
.size stacks, 4096
