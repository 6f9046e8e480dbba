// SPDX-License-Identifier: MIT
//! The first instructions, which Rust cannot say: it needs a stack, and its zeroed variables zero.

use core::arch::global_asm;

// Every hart starts here in machine mode; a0 holds its number.
global_asm!(
    r#"
    .section .text.entry, "ax"
    .global _start
_start:
    bnez a0, 3f                    # one hart is enough; the others sleep for good
    la sp, stack_top
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call kernel_main
3:  wfi
    j 3b
    "#
);
