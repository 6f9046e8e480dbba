/* SPDX-License-Identifier: MIT */
/* What was made of memory that nobody has written is printed; a field set by masks in such a word is no mistake. */
/* says: uninitialised-memory */
/* fact: 4 bytes at 0x80800200 */
/* fact: (read_here+0x0) */
/* fact: what was made of it is given to the SBI */
#include "lib/paging.h"
.section .text.start, "ax"
.global _start
_start:
    li s0, 0x80800200
    lw t0, 16(s0)
    andi t0, t0, -16
    ori t0, t0, 3
    sw t0, 16(s0)
    lw t0, 16(s0)
    beqz t0, 1f
#ifdef FIXED
    sw t0, (s0)
#endif
read_here:
    lw a0, (s0)
    addi a0, a0, 'x'
    li a7, 1
    ecall
1:  li a0, 2
    pass_if_a0_is 2
