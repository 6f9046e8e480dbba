/* SPDX-License-Identifier: MIT */
/* A jump to the UART. */
/* says: pc-in-device */
/* fact: instruction access fault in M mode at pc 0x10000000 */
/* fact: registers of uart16550 */
.section .text.start, "ax"
.global _start
_start:
    lui t0, 0x10000
    jr t0
