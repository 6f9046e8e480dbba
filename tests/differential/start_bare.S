/* SPDX-License-Identifier: MIT */
/* Bare metal: M mode at 0x80000000, the UART for output, the test finisher for the end. A trap ends the run as a failure
 * with the cause as status. */
.option arch, rv64gc
.section .text.start
.globl _start
_start:
    csrr t0, mhartid
    bnez t0, park
    li t0, 0x6000
    csrs mstatus, t0
    la t0, trapped
    csrw mtvec, t0
    la sp, stack_top
    li gp, 0
    li tp, 0
    call run_all
    li t1, 0x5555
end:
    li t0, 0x100000
    sw t1, 0(t0)
park:
    wfi
    j park
.balign 4
trapped:
    csrr t1, mcause
    slli t1, t1, 16
    li t0, 0x3333
    or t1, t1, t0
    j end
.globl print
print:
    li t0, 0x10000000
    beqz a1, 2f
1:  lbu t1, 0(a0)
    sb t1, 0(t0)
    addi a0, a0, 1
    addi a1, a1, -1
    bnez a1, 1b
2:  ret
