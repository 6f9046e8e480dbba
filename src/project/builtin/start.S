/* SPDX-License-Identifier: MIT */
/* The first instructions, for a folder that has main but no _start (microvm build). Every hart starts here in machine
 * mode, with its number in a0 and the device tree's address in a1: main's two arguments, if it wants them. */
.section .text.entry, "ax"
.global _start
_start:
    bnez a0, park                  /* one hart is enough to begin with */
    la sp, stack_top
    la t0, bss_start               /* C expects its zeroed variables to be zero */
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call main
    li t0, 0x100000                /* main has returned: the test finisher powers the machine off */
    li t1, 0x5555
    sw t1, 0(t0)
park:
    wfi
    j park
