/* SPDX-License-Identifier: MIT */
/* Code that has been executed is overwritten, and no fence.i follows: the machine goes on with what it has fetched. */
/* forms: elf */
/* says: text-overwritten */
/* fact: and no fence.i followed */
/* symbol: was loaded as */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la s0, victim
    la t0, other
    lw s3, (t0)
1:  call victim
    addi s1, s1, 1
    sw s3, 0(s0)
    j 1b
.text
.balign 4096
victim:
    addi s2, s2, 1
    ret
other:
    addi s2, s2, 2
