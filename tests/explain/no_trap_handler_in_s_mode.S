/* SPDX-License-Identifier: MIT */
/* On the built-in SBI stvec is the kernel's entry until the kernel writes it: a trap starts the kernel over. */
/* address: 0x80200000 */
/* says: no-trap-handler */
/* fact: load access fault in S mode at pc 0x80200004 */
/* fact: stvec is still 0x80200000 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    lui t0, 0x1000
    ld t1, (t0)
