/* SPDX-License-Identifier: MIT */
/* A panic that prints by way of the device that is not there, again and again, until its stack is used up. */
/* address: 0x80100000 */
/* says: trap-in-handler */
/* fact: store/AMO access fault in M mode at pc 0x80100030 */
/* fact: tval 0x8 */
/* fact: there is no memory at 0x8 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li sp, 0x80000800
    li a0, 'A'
.balign 32
put:
    addi sp, sp, -16
    sd ra, 8(sp)
    li t0, 8
    nop
    sb a0, (t0)
    ld ra, 8(sp)
    addi sp, sp, 16
    ret
.balign 4
handler:
    addi sp, sp, -256
    sd a0, 0(sp)
    li a0, 'p'
    call put
1:  j 1b
