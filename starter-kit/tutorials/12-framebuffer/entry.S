/* SPDX-License-Identifier: MIT */
/* The first instructions. Every hart starts here in machine mode; a0 holds its number. */
.section .text.entry, "ax"
.global _start
_start:
    bnez a0, park                  /* one hart is enough for now */
    la sp, stack_top
    la t0, bss_start               /* C expects its zeroed variables to be zero */
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call main
park:
    wfi
    j park
