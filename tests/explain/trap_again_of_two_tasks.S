/* SPDX-License-Identifier: MIT */
/* A kernel that switches between two tasks at every tick of the timer, and steps over the ecalls of neither. */
/* says: trap-again */
/* fact: environment call from U-mode in U mode at pc 0x8000 */
/* fact: in turn with it: environment call from U-mode at pc 0x8000 */
/* insns: 10000000 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    csrwi pmpcfg0, 0x1f
    li s3, 0x2004000
    li s4, 0x200bff8
    sd zero, (s3)
    li t0, 0x80
    csrw mie, t0
    la s1, first
    la s2, second
    csrw mepc, s1
    mret
.balign 4
handler:
    csrr t0, mcause
    bltz t0, 1f
    ld t0, calls
    addi t0, t0, 1
    sd t0, calls, t1
    mret
1:  ld t0, (s4)
    addi t0, t0, 50
    sd t0, (s3)
    csrr t0, mepc
    csrw mepc, s2
    mv s2, t0
    mret
.balign 4096
first:
    nop
    ecall
    j first
second:
    nop
    ecall
    j second
.data
calls:
    .dword 0
