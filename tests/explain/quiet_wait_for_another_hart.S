/* SPDX-License-Identifier: MIT */
/* One hart computes for long, the others wait with interrupts off: in wfi, for a flag, in a loop of their own. */
/* options: --cpus 4 */
/* insns: 12000000 */
/* says: nothing */
/* status: 0 */
.section .text.start, "ax"
.global _start
_start:
    beqz a0, work
    li t0, 1
    beq a0, t0, sleep
    li t0, 2
    beq a0, t0, flag
loop:
    j loop
sleep:
    wfi
    j sleep
flag:
    la t0, ready
1:  lw t1, (t0)
    beqz t1, 1b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
    j loop
work:
    li t0, 900000
1:  addi t0, t0, -1
    bnez t0, 1b
    la t0, ready
    sw t0, (t0)
    j loop
.data
.balign 4096
ready:
    .word 0
