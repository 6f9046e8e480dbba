/* SPDX-License-Identifier: MIT */
/* An integer loop with loads and stores: 200 million rounds of 9 instructions. */
.globl _start
_start:
    csrr t0, mhartid
    bnez t0, 2f
#include "loop.inc"
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
2:  wfi
    j 2b
.bss
.balign 4096
buffer: .space 4096
