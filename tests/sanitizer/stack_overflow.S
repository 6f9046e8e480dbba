/* SPDX-License-Identifier: MIT */
/* A recursion comes out below its stack, into what lies there. */
/* says: stack-overflow */
/* fact: (victim+0x */
/* fact: through sp, by pc 0x802 */
/* fact: (deeper+0x4) */
/* fact: (in stack) */
/* fact: stack begins at 0x802 */
/* fact: there were 0x400 bytes for it */
#include "lib/paging.h"
#ifdef FIXED
#define ROUNDS 10
#else
#define ROUNDS 20
#endif
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la sp, stack_end
    li s1, ROUNDS
    call deeper
    li a0, 2
    pass_if_a0_is 2
deeper:
    addi sp, sp, -64
    sd ra, (sp)
    addi s1, s1, -1
    beqz s1, 1f
    call deeper
1:  ld ra, (sp)
    addi sp, sp, 64
    ret
.data
.balign 4096
victim:
    .zero 4096
stack:
    .zero 1024
stack_end:
