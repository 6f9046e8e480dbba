/* SPDX-License-Identifier: MIT */
/* A handler that steps over whatever traps goes through all of memory. */
/* says: pc-in-zeros */
/* fact: illegal instruction in M mode */
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    call missing
.balign 4
handler:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    mret
.bss
.global missing
missing:
    .space 64
