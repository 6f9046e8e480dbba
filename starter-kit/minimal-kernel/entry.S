/* SPDX-License-Identifier: MIT */
/* What C cannot say: the first instructions, and the ways into and out of the kernel. */

.section .text.entry, "ax"
.global _start                     /* machine mode; a0: number of this hart, a1: device tree */
_start:
    bnez a0, park                  /* one hart is plenty; the others sleep for good */
    la sp, stack_top
    j start                        /* in C: start.c */
park:
    wfi
    j park

/* Machine mode, timer interrupt: silence the timer, and pass the event to the kernel below as a
   supervisor software interrupt. Whoever was interrupted must not notice: one register must do. */
.balign 4
.global machine_trap
machine_trap:
    csrw mscratch, t0
    csrr t0, mcause
    bgez t0, park                  /* not an interrupt: a bug in start.c */
    lui t0, 0x2004                 /* t0 is CLINT_MTIMECMP, the place, and is stored there as the */
    sw t0, 4(t0)                   /* upper half of the date: the next interrupt is in 458 years */
    csrsi mip, 2                   /* INTERRUPT_SSI */
    csrr t0, mscratch
    mret

/* sd or ld every register of the frame that a0 points to, but a0 (x10) itself. */
.macro each_register op
    .irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op x\n, 8*\n(a0)
    .endr
.endm

/* Supervisor mode: a task was interrupted, asks for something or did something wrong. sscratch
   points to the frame of the running task; while the kernel itself runs, it is 0. */
.balign 4
.global trap_entry
trap_entry:
    csrrw a0, sscratch, a0
    bnez a0, 1f
    call panic
1:  each_register sd
    csrrw t0, sscratch, zero       /* the a0 of the task */
    sd t0, 80(a0)
    csrr t0, sepc
    sd t0, 0(a0)
    la sp, stack_top               /* one stack is enough: the kernel leaves nothing on it */
    call trap                      /* returns the frame of the task to go on with */
.global resume
resume:
    csrw sscratch, a0
    ld t0, 0(a0)
    csrw sepc, t0
    each_register ld
    ld a0, 80(a0)
    sret
