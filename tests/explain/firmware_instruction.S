/* SPDX-License-Identifier: MIT */
/* A kernel for M mode in S mode. */
/* address: 0x80200000 */
/* says: firmware-instruction */
/* fact: illegal instruction in S mode at pc 0x8020000c */
/* fact: is an instruction that M mode alone has */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw stvec, t0
    csrr a0, mhartid
.balign 4
handler:
    j handler
