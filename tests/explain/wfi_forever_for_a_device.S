/* SPDX-License-Identifier: MIT */
/* External interrupts are on, and the PLIC passes none. */
/* address: 0x80200000 */
/* sleeps: yes */
/* says: wfi-forever */
/* fact: enabled in sie: SEIE */
/* fact: none is enabled at the PLIC */
.section .text.start, "ax"
.global _start
_start:
    la t0, idle
    csrw stvec, t0
    li t0, 0x200
    csrw sie, t0
    csrsi sstatus, 2
.balign 4
idle:
    wfi
    j idle
