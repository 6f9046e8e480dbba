/* SPDX-License-Identifier: MIT */
/* A kernel that waits by looking at a clock, for 2 ms each: the counter, mtime, the RTC. Between two ticks nothing changes in
 * a few rounds of such a loop, and hardly a step finds the time in a register. Then it passes. */
/* says: nothing */
/* status: 0 */
/* insns: 12000000 */
.option norvc

/* A round is 16 instructions: slices end at the same place of it, though not at the same time. */
.macro wait_while_clock_is_below limit, first, second=nop, third=nop
1:  \first
    \second
    \third
    sltu t1, t0, \limit
    li t0, 0
    .rept 10
    nop
    .endr
    bnez t1, 1b
.endm

.section .text.start, "ax"
.global _start
_start:
    li s0, 20000
    rdtime s1
    add s1, s1, s0
    wait_while_clock_is_below s1, "rdtime t0"

    li s2, 0x200bff8
    ld s1, (s2)
    add s1, s1, s0
    wait_while_clock_is_below s1, "ld t0, (s2)"

    li s2, 0x101000
    li s0, 2000000
    lw s1, (s2)
    wait_while_clock_is_below s0, "lw t0, (s2)", "lw t2, 4(s2)", "subw t0, t0, s1"

    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
1:  j 1b
