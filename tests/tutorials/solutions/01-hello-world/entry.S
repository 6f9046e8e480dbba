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
2:  la t0, bss_end                 /* what the stack uses will not look like this */
    li t1, 0x5a5a5a5a5a5a5a5a
3:  sd t1, 0(t0)
    addi t0, t0, 8
    bltu t0, sp, 3b
    call main
    call power_off                 /* main's result is in a0, where power_off looks for its argument */
park:
    wfi
    j park
