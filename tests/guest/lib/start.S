/* SPDX-License-Identifier: MIT */
/* How a guest test starts, takes traps, changes mode and ends. env.h says what is offered to tests.
 *
 * Every hart has an area (struct hart_area): tp points to it in all modes, mscratch too. Every trap
 * that is not delegated comes to M mode, is noted there, and goes on where the test said: TRY()
 * sets `resume`. A trap that nobody expected ends the test. Where the test starts in S mode, S mode
 * takes M mode's part. */
#include "lib/env.h"

#define AREA_CAUSE 0
#define AREA_TVAL 8
#define AREA_EPC 16
#define AREA_COUNT 24
#define AREA_RESUME 32
#define AREA_HART 40
#define AREA_SAVED_T0 48
#define AREA_SAVED_T1 56
#define AREA_RETURN_SP 64
#define AREA_RETURN_PC 72
#define AREA_HANDLER 80
#define AREA_STATUS 88
#define AREA_HSTATUS 96
#define AREA_TVAL2 104
#define AREA_TINST 112
#define MISA_H 0x80
#define AREA_BYTES 4096 /* the stack of the hart is the rest */
#define AREA_SHIFT 12

.section .text.start, "ax"
.global _start
_start:
    la t0, starts_in_s_mode
    ld t0, (t0)
    bnez t0, 1f                     /* a0 is the hart's number there */
    csrr a0, mhartid
1:  la tp, areas
    slli t1, a0, AREA_SHIFT
    add tp, tp, t1
    sd a0, AREA_HART(tp)
    li sp, AREA_BYTES
    add sp, sp, tp
    bnez t0, start_in_s_mode
    csrw mscratch, tp
    la t1, trap_to_m
    csrw mtvec, t1
    li t1, -1                       /* S and U mode may access all of memory */
    csrw pmpaddr0, t1
    li t1, 0x1f
    csrw pmpcfg0, t1
    li t1, MSTATUS_FS
    csrs mstatus, t1
go: la t1, harts_present
    li t2, 1
    amoadd.d t2, t2, (t1)
    bltz t2, 3f                     /* too late to take part */
    la t1, starts_in_s_mode
    ld t1, (t1)
    bnez t1, 1f
    mv t2, a0
1:  bnez t2, 2f                     /* hart 0, or the first to come in S mode, runs the test */
    lui s0, %hi(passes)             /* once with all caches cold, once with them warm */
    addi s0, s0, %lo(passes)
4:  call test
    addi s0, s0, -1
    bnez s0, 4b
    j pass
2:  call other_hart
3:  wfi
    j 3b

start_in_s_mode:
    csrw sscratch, tp
    la t1, trap_to_s
    csrw stvec, t1
    j go

/* What a test that uses one hart leaves undefined. */
.weak other_hart
other_hart:
    ret

/* Notes the trap into mode x (m or s) and goes on where the test said. t0 is mcause or scause. */
.macro note_trap x, pie
    sd t0, AREA_CAUSE(tp)
    bgez t0, 3f
    li t1, \pie                     /* one interrupt at a time: back with interrupts off */
    csrc \x\()status, t1
3:  csrr t0, \x\()tval
    sd t0, AREA_TVAL(tp)
    csrr t0, \x\()epc
    sd t0, AREA_EPC(tp)
    ld t0, AREA_COUNT(tp)
    addi t0, t0, 1
    sd t0, AREA_COUNT(tp)
    ld t0, AREA_RESUME(tp)
    beqz t0, unexpected
    csrw \x\()epc, t0
    sd zero, AREA_RESUME(tp)
    ld t0, AREA_SAVED_T0(tp)
    ld t1, AREA_SAVED_T1(tp)
    csrrw tp, \x\()scratch, tp
    \x\()ret
.endm

.balign 4
trap_to_m:
    csrrw tp, mscratch, tp
    sd t0, AREA_SAVED_T0(tp)
    sd t1, AREA_SAVED_T1(tp)
    csrr t0, mcause
    li t1, CAUSE_ECALL_U
    beq t0, t1, 1f
    li t1, CAUSE_ECALL_S
    beq t0, t1, 1f
    li t1, CAUSE_ECALL_VS
    bne t0, t1, 2f
1:  li t1, RETURN_TO_M              /* the end of run_in() */
    bne a7, t1, 2f
    csrw mscratch, tp
    ld sp, AREA_RETURN_SP(tp)
    ld ra, AREA_RETURN_PC(tp)
    ret
2:  csrr t0, mstatus
    sd t0, AREA_STATUS(tp)
    li t0, HANDLED_BY_M
    sd t0, AREA_HANDLER(tp)
    csrr t0, misa
    andi t0, t0, MISA_H
    beqz t0, 4f
    csrr t0, mtval2
    sd t0, AREA_TVAL2(tp)
    csrr t0, mtinst
    sd t0, AREA_TINST(tp)
4:  csrr t0, mcause
    note_trap m, MSTATUS_MPIE

.balign 4
trap_to_s:
    csrrw tp, sscratch, tp
    sd t0, AREA_SAVED_T0(tp)
    sd t1, AREA_SAVED_T1(tp)
    csrr t0, scause
    note_trap s, MSTATUS_SPIE

/* The two that a hypervisor has, for its own stvec and its guest's. */
.global trap_to_hs, trap_to_vs
.balign 4
trap_to_hs:
    csrrw tp, sscratch, tp
    sd t0, AREA_SAVED_T0(tp)
    sd t1, AREA_SAVED_T1(tp)
    csrr t0, sstatus
    sd t0, AREA_STATUS(tp)
    csrr t0, hstatus
    sd t0, AREA_HSTATUS(tp)
    csrr t0, htval
    sd t0, AREA_TVAL2(tp)
    csrr t0, htinst
    sd t0, AREA_TINST(tp)
    li t0, HANDLED_BY_HS
    sd t0, AREA_HANDLER(tp)
    csrr t0, scause
    note_trap s, MSTATUS_SPIE

.balign 4
trap_to_vs:
    csrrw tp, sscratch, tp
    sd t0, AREA_SAVED_T0(tp)
    sd t1, AREA_SAVED_T1(tp)
    csrr t0, sstatus
    sd t0, AREA_STATUS(tp)
    sd zero, AREA_TVAL2(tp)
    sd zero, AREA_TINST(tp)
    li t0, HANDLED_BY_VS
    sd t0, AREA_HANDLER(tp)
    csrr t0, scause
    note_trap s, MSTATUS_SPIE

unexpected:
    li sp, AREA_BYTES
    add sp, sp, tp
    ld a0, AREA_CAUSE(tp)
    ld a1, AREA_TVAL(tp)
    ld a2, AREA_EPC(tp)
    j unexpected_trap

/* uint64_t run_in(unsigned mode, uint64_t (*function)(uint64_t), uint64_t argument): callee-saved
 * registers lie on the caller's stack while the function runs below them. With mstatus.MPV set it runs in VS or
 * VU mode. */
.global run_in
run_in:
    addi sp, sp, -112
    sd ra, 0(sp)
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    sd s\n, 8+8*\n(sp)
    .endr
    sd sp, AREA_RETURN_SP(tp)
    la t0, 1f
    sd t0, AREA_RETURN_PC(tp)
    li t0, MSTATUS_MPP
    csrc mstatus, t0
    slli t0, a0, MSTATUS_MPP_SHIFT
    csrs mstatus, t0
    csrw mepc, a1
    mv a0, a2
    la ra, return_to_m
    mret
1:  ld ra, 0(sp)
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    ld s\n, 8+8*\n(sp)
    .endr
    addi sp, sp, 112
    ret
return_to_m:
    li a7, RETURN_TO_M
    ecall

.global pass
pass:
    li t0, FINISHER
    li t1, FINISHER_PASS
    sw t1, (t0)
1:  wfi
    j 1b

.global fail
fail:
    slli a0, a0, 16
    li t0, FINISHER_FAIL
    or a0, a0, t0
    li t0, FINISHER
    sw a0, (t0)
1:  wfi
    j 1b

/* A test for an S-mode kernel on the built-in firmware defines it as 1. */
.data
.weak starts_in_s_mode
starts_in_s_mode:
    .dword 0

.bss
.global areas
.balign AREA_BYTES
areas:
    .space AREA_BYTES * MAX_HARTS
.global harts_present
harts_present:
    .dword 0
