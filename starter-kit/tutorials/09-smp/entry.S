/* SPDX-License-Identifier: MIT */
/* The first instructions. Every hart starts here in machine mode; a0 holds its number. */
#include "harts.h"

.section .text.entry, "ax"
.global _start
_start:
    li t0, HARTS
    bgeu a0, t0, park              /* more harts than there are stacks */
    la sp, stacks                  /* the end of hart n's: stacks + (n + 1) * STACK_SIZE */
    li t0, STACK_SIZE
    addi t1, a0, 1
    mul t0, t0, t1
    add sp, sp, t0
    mv tp, a0
    bnez a0, others

    la t0, bss_start               /* hart 0 alone clears the zeroed variables */
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  li t0, 1                       /* and tells the others, who must see the zeros first */
    la t1, bss_is_clear
    fence rw, w
    sw t0, 0(t1)
    call main
    j park

others:
    la t1, bss_is_clear
1:  lw t0, 0(t1)
    beqz t0, 1b
    fence r, rw
    call hart_main
park:
    wfi
    j park

.data
.balign 4
bss_is_clear:                      /* of all variables this one is not in the BSS */
    .word 0

.bss
.balign 16
stacks:
    .space HARTS * STACK_SIZE
