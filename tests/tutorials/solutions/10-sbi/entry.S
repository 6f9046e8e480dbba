/* SPDX-License-Identifier: MIT */
/* The first instructions, in supervisor mode. a0: this hart's number; a1: the device tree. */
.section .text.entry, "ax"
.global _start
_start:
    la sp, stack_top
    la t0, bss_start               /* C expects its zeroed variables to be zero */
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call main                      /* main(a0, a1) */
3:  wfi
    j 3b

/* Where HSM starts the other harts. a0: the hart's number; a1: what we gave it, its stack's end. */
.text
.global hart_entry
hart_entry:
    mv sp, a1
    call hart_main                 /* hart_main(a0) */
1:  wfi
    j 1b

.global meet_entry
meet_entry:
    mv sp, a1
    call meet_main
1:  wfi
    j 1b
