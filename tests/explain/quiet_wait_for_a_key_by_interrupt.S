/* SPDX-License-Identifier: MIT */
/* A shell that sleeps until a key comes: UART and PLIC are set up for it. */
/* sleeps: yes */
/* says: nothing */
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, 0x10000000
    li t1, 1
    sb t1, 1(t0)
    li t0, 0xc000000
    sw t1, 40(t0)
    li t0, 0xc002000
    li t1, 1 << 10
    sw t1, (t0)
    li t0, 0x800
    csrw mie, t0
    csrsi mstatus, 8
idle:
    wfi
    j idle
.balign 4
handler:
    mret
