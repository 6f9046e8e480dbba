/* SPDX-License-Identifier: MIT */
/* The timer's interrupt is enabled, and the timer never armed. */
/* sleeps: yes */
/* says: wfi-forever */
/* fact: enabled in mie: MTIE */
/* fact: mtimecmp is 0xffffffffffffffff */
/* symbol: (idle+0x */
.section .text.start, "ax"
.global _start
_start:
    li t0, -1
    li t1, 0x2004000
    sd t0, (t1)
    li t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
idle:
    wfi
    j idle
