/* SPDX-License-Identifier: MIT */
/* A storm of calls into the firmware, and nothing else. */
/* says: nothing */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
1:  ecall
    j 1b
.balign 4
handler:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    mret
