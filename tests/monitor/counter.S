/* SPDX-License-Identifier: MIT */
/* Says "counting", then calls count for ever, which calls leaf, which counts in memory; prints what is typed. */
#define UART 0x10000000
.option norvc
.globl _start, count, leaf, data
_start:
    la sp, stack
    li s1, UART
    la s2, text
1:  lbu a0, 0(s2)
    beqz a0, loop
    sb a0, 0(s1)
    addi s2, s2, 1
    j 1b
loop:
    call count
    lbu a0, 5(s1)
    andi a0, a0, 1
    beqz a0, loop
    lbu a0, 0(s1)
    sb a0, 0(s1)
    j loop
count:
    addi sp, sp, -16
    sd ra, 8(sp)
    call leaf
    ld ra, 8(sp)
    addi sp, sp, 16
    ret
leaf:
    la t1, data
    ld t0, 0(t1)
    addi t0, t0, 1
    sd t0, 0(t1)
    ret
text:
    .asciz "counting\n"
.bss
.balign 16
data:
    .space 8
    .space 4088
stack:
