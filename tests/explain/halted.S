/* SPDX-License-Identifier: MIT */
/* How a kernel ends that wants to save the host's power. */
/* sleeps: yes */
/* says: halted */
/* fact: in M mode at pc */
.section .text.start, "ax"
.global _start
_start:
    wfi
    j _start
