/* SPDX-License-Identifier: MIT */
/* A bit of everything that a trace shows of M mode, with the same bytes from every assembler. */
.option norvc
.option norelax
.section .text
.global _start
_start:
    lla t0, handler
    csrw mtvec, t0
    lla t1, data
    lui t2, 1
    sd t2, 0(t1)
    lw t3, 0(t1)
    amoadd.d t4, t2, (t1)
    lr.d t4, (t1)
    sc.d t5, t2, (t1)
    sc.d t5, t2, (t1)
    lui t0, 2
    csrs mstatus, t0
    fld fa0, 8(t1)
    fmv.d.x fa2, zero
    fdiv.d fa1, fa0, fa2
    fadd.d fa1, fa0, fa0
    csrw fcsr, zero
.option rvc
    c.addi a0, 1
    c.nop
.option norvc
    ecall
    call leaf
    lui t0, 0x10000
    lbu t2, 5(t0)
    ld t2, 8(t0) /* no register is so wide */
timer:
    lui t0, 0x2004
    sd zero, 0(t0)
    addi t1, zero, 128
    csrw mie, t1
    csrsi mstatus, 8
    csrci mstatus, 8
user:
    addi t0, zero, -1
    csrw pmpaddr0, t0
    addi t0, zero, 31
    csrw pmpcfg0, t0
    lla t0, done
    csrw mepc, t0
    csrw mstatus, zero
    mret
done:
    addi a0, a0, 1
    ecall
    lui t0, 0x100
    lui t1, 5
    addi t1, t1, 0x555
    sw t1, 0(t0)

leaf:
    ret

/* Steps over what trapped; a timer is put off. What follows an ecall of U mode is M mode's again. */
.balign 4
handler:
    csrr s0, mcause
    blt s0, zero, interrupt
    csrr s1, mepc
    addi s1, s1, 4
    csrw mepc, s1
    lui s2, 2
    csrs mstatus, s2
    addi s2, s2, -0x800
    csrs mstatus, s2
    mret
interrupt:
    addi s1, zero, -1
    lui s2, 0x2004
    sd s1, 0(s2)
    mret

.balign 16
data:
    .dword 0
    .dword 0x3ff8000000000000
