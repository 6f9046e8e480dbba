/* SPDX-License-Identifier: MIT */
/* An idle kernel: wfi, woken by the timer now and then, for thousands of times; then it passes. */
/* says: nothing */
/* status: 0 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li s0, 0x2004000
    li s1, 0x200bff8
    li s2, 3000
    li t0, 0x80
    csrw mie, t0
    call arm
    csrsi mstatus, 8
idle:
    wfi
    j idle
arm:
    ld t0, (s1)
    li t1, 1000
    add t0, t0, t1
    sd t0, (s0)
    ret
.balign 4
handler:
    addi s2, s2, -1
    beqz s2, pass
    mv s3, ra
    call arm
    mv ra, s3
    mret
pass:
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
1:  j 1b
