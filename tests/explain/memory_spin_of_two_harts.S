/* SPDX-License-Identifier: MIT */
/* Each of two harts has the lock that the other wants. */
/* options: --cpus 2 */
/* says: memory-spin */
/* fact: hart 1 loops at pc */
/* fact: and reads 0x80001000 */
/* symbol: and reads 0x80001000 (locks+0x0) */
.section .text.start, "ax"
.global _start
_start:
    la t0, locks
    slli t1, a0, 3
    xori t2, t1, 8
    add t1, t1, t0
    add t2, t2, t0
    li t3, 1
    sw t3, (t1)
    li t4, 100000
1:  addi t4, t4, -1
    bnez t4, 1b
2:  lw t5, (t2)
    bnez t5, 2b
.data
.balign 4096
locks:
    .dword 0, 0
