/* SPDX-License-Identifier: MIT */
/* From M mode to S mode without a PMP entry. */
/* says: pmp-closed */
/* fact: instruction access fault in S mode at pc 0x80000028 */
/* symbol: (kernel+0x0) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, kernel
    csrw mepc, t0
    la t0, handler
    csrw mtvec, t0
    li t0, 0x800
    csrs mstatus, t0
    mret
kernel:
    nop
.balign 4
handler:
    mret
