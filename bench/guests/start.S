/* SPDX-License-Identifier: MIT */
/* Where a guest in C starts, in M mode: one hart, a stack, floating point on, traps to a report; then main. */
.section .text.start
.globl _start
_start:
    csrr t0, mhartid
    bnez t0, 1f
    la sp, stack_end
    la t0, trap_entry
    csrw mtvec, t0
    li t0, 1 << 13 /* mstatus.FS: initial */
    csrs mstatus, t0
    csrw fcsr, zero
    call main
    tail finish
1:  wfi
    j 1b

/* Nothing a guest means to do traps to M mode. */
.balign 4
trap_entry:
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    la sp, stack_end
    tail report_trap

.globl become
become:
    csrs mstatus, a0
    csrw mepc, ra
    mret

.bss
.balign 4096
    .space 65536
stack_end:
