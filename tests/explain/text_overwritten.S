/* SPDX-License-Identifier: MIT */
/* A buffer runs over the code behind it, which is executed then. */
/* forms: elf */
/* says: text-overwritten */
/* fact: illegal instruction */
/* symbol: (victim+0x0) was loaded as 0x13 and is 0x00 now */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    la t0, victim
    sd zero, 0(t0)
    j victim
.balign 4
handler:
    j handler
.text
.balign 4096
victim:
    nop
    nop
