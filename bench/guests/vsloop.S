/* SPDX-License-Identifier: MIT */
/* The loop of loop.S in a guest: VS mode, Sv39 on Sv39x4, a page of 1 GiB in each stage. Beside loop it shows what being a
 * guest costs. */
#define LEAF 0xcf /* V R W X A D */
#define LEAF_U 0xdf
.globl _start
_start:
    csrr t0, mhartid
    bnez t0, 3f
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    la t0, finish
    csrw mtvec, t0
    li t1, (0x80000000 >> 2) | LEAF
    la t0, first_stage
    sd t1, 2*8(t0)
    srli t0, t0, 12
    li t2, 8 << 60
    or t0, t0, t2
    csrw 0x280, t0 /* vsatp */
    li t1, (0x80000000 >> 2) | LEAF_U
    la t0, second_stage
    sd t1, 2*8(t0)
    srli t0, t0, 12
    or t0, t0, t2
    csrw 0x680, t0 /* hgatp */
    li t0, (1 << 39) | (1 << 11) /* MPV, MPP = S */
    csrs mstatus, t0
    la t0, guest
    csrw mepc, t0
    mret
guest:
#include "loop.inc"
    ecall
.balign 4
finish: /* only an environment call from VS mode is a pass */
    csrr t0, mcause
    li t1, 0x5555
    li t2, 10
    beq t0, t2, 2f
    li t1, 0x13333
2:  li t0, 0x100000
    sw t1, 0(t0)
3:  wfi
    j 3b
.bss
.balign 4096
buffer: .space 4096
first_stage: .space 4096
.balign 16384
second_stage: .space 16384
