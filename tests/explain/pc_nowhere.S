/* SPDX-License-Identifier: MIT */
/* A call through a null pointer. */
/* says: pc-nowhere */
/* fact: instruction access fault in M mode at pc 0x0 */
/* fact: there is no memory at 0x0 */
/* symbol: then ra was 0x80000018 (behind a call in caller) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t1, 0
    j caller
.balign 4
caller:
    jalr t1
handler:
    j handler
