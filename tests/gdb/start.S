/* SPDX-License-Identifier: MIT */
/* Every hart gets a stack and goes to kernel_main in M mode. */
.section .text.start, "ax"
.global _start
_start:
    csrr a0, mhartid
    la sp, stacks
    addi t0, a0, 1
    slli t0, t0, 12
    add sp, sp, t0
    li t0, -1                   /* S mode may access all */
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, 0x6000               /* floating point on */
    csrs mstatus, t0
    la t0, trap_entry
    csrw mtvec, t0
    call kernel_main
1:  j 1b

/* M mode serves S mode's ecall: a0 is doubled. */
.text
.align 2
.global trap_entry
trap_entry:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
trap_answer:
    slli a0, a0, 1
trap_return:
    mret

/* uint64_t in_s_mode(uint64_t value): sinks to S mode, and asks M mode there. Does not come back to M mode. */
.global in_s_mode
in_s_mode:
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x800
    csrs mstatus, t0
    la t0, supervisor
    csrw mepc, t0
    mret
supervisor:
    nop
supervisor_asks:
    ecall
supervisor_goes_on:
    la t0, user
    csrw sepc, t0
    li t0, 0x100
    csrc sstatus, t0
supervisor_sinks:
    sret
user:
    nop
user_goes_on:
    ret

/* Goes on as a guest: in VS mode. */
.global become_a_guest
become_a_guest:
    li t0, 0x1800               /* MPP = S */
    csrc mstatus, t0
    li t0, 0x8000000800         /* and MPV */
    csrs mstatus, t0
    csrw mepc, ra
    mret
