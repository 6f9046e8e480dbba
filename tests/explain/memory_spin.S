/* SPDX-License-Identifier: MIT */
/* A lock is taken twice. */
/* says: memory-spin */
/* symbol: reads 0x80001000 (the_lock+0x0), which holds 0x1 */
/* symbol: (acquire+0x4) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la a0, the_lock
    call acquire
    call acquire
acquire:
    li t0, 1
1:  amoswap.w.aq t1, t0, (a0)
    bnez t1, 1b
    ret
.data
.balign 4096
the_lock:
    .word 0
