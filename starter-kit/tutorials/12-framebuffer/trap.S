/* SPDX-License-Identifier: MIT */
/* Where a trap lands: saves every register on the stack, calls trap(frame), restores them, goes back. */
.macro each_register op
    .irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op x\n, 8*\n(sp)
    .endr
.endm

.text
.balign 4                          /* the two lowest bits of mtvec mean something else */
.global trap_entry
trap_entry:
    addi sp, sp, -256
    each_register sd
    mv a0, sp
    call trap
    each_register ld
    addi sp, sp, 256
    mret
