/* SPDX-License-Identifier: MIT */
/* Hart 0 sleeps until stimecmp, over and over, and the others wait in loops for what it will write: a look at them must not fall between
 * the moment at which the time has come and its interrupt. */
/* options: --cpus 3 */
/* insns: 20000000 */
/* says: nothing */
/* status: 0 */
#define MENVCFG 0x30a
#define STIMECMP 0x14d
.section .text.start, "ax"
.global _start
_start:
    la t0, ready
    beqz a0, sleeper
1:  lw t1, (t0)
    beqz t1, 1b
    j 1b
sleeper:
    li t1, 1
    slli t1, t1, 63
    csrs MENVCFG, t1
    li t1, 32                  # STIE: wakes the hart, but is not taken here
    csrw mideleg, t1
    csrw mie, t1
    li t2, 60
2:  rdtime t1
    li t3, 2003                # longer than it takes to believe a loop, and never in step with the turns
    add t1, t1, t3
    csrw STIMECMP, t1
3:  wfi
    csrr t3, mip
    andi t3, t3, 32
    beqz t3, 3b
    addi t2, t2, -1
    bnez t2, 2b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
4:  j 4b
.data
.balign 4096
ready:
    .word 0
