/* SPDX-License-Identifier: MIT */
/* The only hart stops itself. */
/* address: 0x80200000 */
/* sleeps: yes */
/* says: all-harts-stopped */
/* fact: of 1 harts none is started */
.section .text.start, "ax"
.global _start
_start:
    li a7, 0x48534d
    li a6, 1
    ecall
