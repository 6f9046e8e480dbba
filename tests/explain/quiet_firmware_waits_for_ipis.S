/* SPDX-License-Identifier: MIT */
/* Harts wait in firmware for a software interrupt that hart 0 sends after a long while. */
/* options: --cpus 3 */
/* says: nothing */
/* status: 0 */
.section .text.start, "ax"
.global _start
_start:
    beqz a0, first
    csrwi mie, 8
1:  wfi
    csrr t0, mip
    andi t0, t0, 8
    beqz t0, 1b
    la t0, count
    li t1, 1
    amoadd.w t1, t1, (t0)
    beqz t1, park
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
park:
    csrw mie, zero
    wfi
    j park
first:
    li t0, 700000
1:  addi t0, t0, -1
    bnez t0, 1b
    li t0, 0x2000000
    li t1, 1
    sw t1, 4(t0)
    sw t1, 8(t0)
    j park
.data
.balign 4096
count:
    .word 0
