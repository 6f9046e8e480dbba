/* SPDX-License-Identifier: MIT */
/* stvec is a link address that is not mapped. */
/* address: 0x80200000 */
/* says: no-trap-handler */
/* fact: breakpoint in S mode at pc 0x8020000c */
/* fact: stvec is 0x4000000000, and no code can be fetched there */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    li t0, 1
    slli t0, t0, 38
    csrw stvec, t0
    ebreak
