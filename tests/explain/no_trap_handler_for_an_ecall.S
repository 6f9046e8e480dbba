/* SPDX-License-Identifier: MIT */
/* A call of firmware in M mode, where there is none. */
/* says: no-trap-handler */
/* fact: environment call from M-mode at pc 0x80000004 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    li a7, 1
    ecall
