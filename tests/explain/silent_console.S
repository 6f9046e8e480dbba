/* SPDX-License-Identifier: MIT */
/* Busy for a very long time without a word. */
/* says: silent-console */
/* on: all */
/* engines: tail */
/* forms: elf */
/* insns: 1000500000 */
/* fact: after 10000 */
.section .text.start, "ax"
.global _start
_start:
    li t0, 1
1:  addi t0, t0, 1
    bnez t0, 1b
