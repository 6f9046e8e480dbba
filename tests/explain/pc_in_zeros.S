/* SPDX-License-Identifier: MIT */
/* A function whose code is not there. */
/* says: pc-in-zeros */
/* fact: illegal instruction in M mode at pc 0x80001000 */
/* fact: tval 0x0 */
/* symbol: (missing+0x0) */
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    call missing
.balign 4
handler:
    j handler
.bss
.global missing
missing:
    .space 64
