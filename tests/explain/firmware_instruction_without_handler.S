/* SPDX-License-Identifier: MIT */
/* The same, by an mret, before stvec is set. */
/* address: 0x80200000 */
/* says: firmware-instruction */
/* fact: illegal instruction in S mode */
/* fact: tval 0x30200073 */
/* fact: stvec is still */
.section .text.start, "ax"
.global _start
_start:
    mret
