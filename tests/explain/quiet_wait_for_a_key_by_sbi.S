/* SPDX-License-Identifier: MIT */
/* The same by SBI's console_getchar. */
/* address: 0x80200000 */
/* says: nothing */
.section .text.start, "ax"
.global _start
_start:
    li a7, 2
    ecall
    bltz a0, _start
    j _start
