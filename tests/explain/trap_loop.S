/* SPDX-License-Identifier: MIT */
/* A handler that returns to what faulted. */
/* says: trap-loop */
/* fact: load access fault in M mode at pc 0x8000000c */
/* fact: comes back with no register changed */
/* fact: there is no memory at 0x8 */
/* symbol: 0x8000000c (faulty+0x0) */
/* symbol: (handler+0x0) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
faulty:
    ld t1, 8(zero)
handler:
    mret
