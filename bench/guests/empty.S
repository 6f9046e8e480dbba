/* SPDX-License-Identifier: MIT */
/* Nothing but the end: what starting a machine costs. */
.globl _start
_start:
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
1:  j 1b
