/* SPDX-License-Identifier: MIT */
/* The ways into the kernel and out of it. While a process runs, sscratch holds the address of its
   frame; while the kernel runs, 0. */

/* sd or ld every register of the frame that a0 points to, but a0 (x10) itself. */
.macro each_register op
    .irp n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op x\n, 8*\n(a0)
    .endr
.endm

.text
.balign 4                          /* the two lowest bits of stvec mean something else */
.global trap_entry
trap_entry:
    csrrw a0, sscratch, a0
    beqz a0, kernel_trap
    each_register sd
    csrrw t0, sscratch, zero       /* the a0 of the process */
    sd t0, 8*10(a0)
    csrr t0, sepc
    sd t0, 8*32(a0)
    la sp, stack_top               /* the kernel left nothing on its stack */
    call trap                      /* returns the frame to go on with */

.global resume
resume:                            /* a0: a frame */
    ld t0, 8*32(a0)
    csrw sepc, t0
    csrw sscratch, a0
    each_register ld
    ld a0, 8*10(a0)
    sret

kernel_trap:                       /* the kernel's own mistake */
    csrw sscratch, zero
    la sp, stack_top
    call panic
