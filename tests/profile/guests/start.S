# SPDX-License-Identifier: MIT
# The start of the small kernel in M mode: a stack, main with the number in a0 that the guest is linked for, and the test
# finisher with what main returns.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    la sp, stack_end
    li s0, 0
    li a0, %lo(guest)
    call main
    li t0, 0x100000
    sw a0, 0(t0)
stop:
    j stop
    .size _start, . - _start

    .globl load_nowhere
    .type load_nowhere, @function
load_nowhere:
    la t0, behind
    csrw mtvec, t0
    lw t0, 0(zero)
    .balign 4
behind:
    ret
    .size load_nowhere, . - load_nowhere

    .bss
    .balign 16
    .space 4096
stack_end:
