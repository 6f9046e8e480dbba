/* SPDX-License-Identifier: MIT */
/* A kernel that counts the calls of its user and gives a result, but never steps over the ecall. */
/* says: trap-again */
/* fact: environment call from U-mode in U mode at pc 0x80001004 */
/* fact: times in a row with no instruction in between */
/* fact: a7 is 0x40, a0 0x */
/* fact: the handler returns to the ecall, not behind it */
/* symbol: 0x80001004 (call+0x0) */
/* symbol: mtvec is 0x80000030 (handler+0x0) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    csrwi pmpcfg0, 0x1f
    la t0, user
    csrw mepc, t0
    la s0, calls
    mret
.balign 8
handler:
    ld t0, (s0)
    addi t0, t0, 1
    sd t0, (s0)
    mv a0, t0
    mret
.balign 4096
user:
    li a7, 0x40
call:
    ecall
    j user
.data
calls:
    .dword 0
