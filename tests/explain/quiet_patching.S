/* SPDX-License-Identifier: MIT */
/* A kernel that patches its code, with fence.i behind it. */
/* says: nothing */
/* status: 0 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la s0, patched
    lw s1, 0(s0)
    lw s2, 8(s0)
    li s3, 20000
1:  xor s1, s1, s2
    xor s2, s1, s2
    xor s1, s1, s2
    sw s1, 0(s0)
    fence.i
    call patched
    li t0, 40
2:  addi t0, t0, -1
    bnez t0, 2b
    addi s3, s3, -1
    bnez s3, 1b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
3:  j 3b
.balign 4096
patched:
    addi s4, s4, 1
    ret
    addi s4, s4, 2
