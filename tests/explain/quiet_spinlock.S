/* SPDX-License-Identifier: MIT */
/* Harts fight for a lock that one of them holds for long. */
/* options: --cpus 4 */
/* insns: 12000000 */
/* says: nothing */
/* status: 0 */
.section .text.start, "ax"
.global _start
_start:
    la s0, the_lock
    li s2, 2
again:
    li t0, 1
1:  lw t1, (s0)
    bnez t1, 1b
    amoswap.w.aq t1, t0, (s0)
    bnez t1, 1b
    li t2, 90000
2:  addi t2, t2, -1
    bnez t2, 2b
    amoswap.w.rl zero, zero, (s0)
    addi s2, s2, -1
    bnez s2, again
    la t0, done
    li t1, 1
    amoadd.w t1, t1, (t0)
    li t2, 3
    beq t1, t2, pass
park:
    wfi
    j park
pass:
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
    j park
.data
.balign 4096
the_lock:
    .word 0
done:
    .word 0
