/* SPDX-License-Identifier: MIT */
/* An integer loop with loads and stores: 200 million rounds of 9 instructions. */
.globl _start
_start:
    csrr t0, mhartid
    bnez t0, 2f
    la a0, buffer
    li a1, 200000000
    li a2, 0
1:  ld a3, 0(a0)
    add a2, a2, a3
    xor a2, a2, a1
    slli a4, a2, 1
    sd a4, 8(a0)
    addi a3, a3, 3
    sd a3, 0(a0)
    addi a1, a1, -1
    bnez a1, 1b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
2:  wfi
    j 2b
.bss
.balign 4096
buffer: .space 4096
