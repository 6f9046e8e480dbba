/* SPDX-License-Identifier: MIT */
/* An interrupt is switched on before mtvec is written. */
/* says: no-trap-handler */
/* fact: machine software interrupt at pc 0x80000014 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    csrwi mie, 8
    csrsi mstatus, 8
    li t0, 1
    lui t1, 0x2000
    sw t0, 0(t1)
1:  j 1b
