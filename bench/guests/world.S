/* SPDX-License-Identifier: MIT */
.equ HSTATUS_SPV, 1 << 7
.equ SSTATUS_SPP, 1 << 8
.equ CAUSE_ECALL_VS, 10

guest:
    addi s1, s1, 7
    ecall
    j guest

/* Back from the guest; it is entered again as a hypervisor must that has been elsewhere: every CSR set that says
 * where to. */
.balign 4
handler:
    csrr t0, scause
    bne t0, s2, 2f
    addi s0, s0, -1
    beqz s0, 2f
    csrr t0, sepc
    addi t0, t0, 4
enter: /* with s0: rounds left, s2 to s4: constants, t0: where the guest goes on */
    csrw sepc, t0
    csrs hstatus, s3
    csrs sstatus, s4
    sret
2:  mv a0, s1
    ld s0, 0(sp)
    ld s1, 8(sp)
    ld s2, 16(sp)
    ld s3, 24(sp)
    ld s4, 32(sp)
    addi sp, sp, 48
    ret

.globl run_guest
run_guest:
    addi sp, sp, -48
    sd s0, 0(sp)
    sd s1, 8(sp)
    sd s2, 16(sp)
    sd s3, 24(sp)
    sd s4, 32(sp)
    mv s0, a0
    li s1, 0
    li s2, CAUSE_ECALL_VS
    li s3, HSTATUS_SPV
    li s4, SSTATUS_SPP
    la t0, handler
    csrw stvec, t0
    la t0, guest
    j enter
