/* SPDX-License-Identifier: MIT */
/* What a trace shows of S mode on the built-in SBI: calls, walks, faults, a timer. */
.option norvc
.option norelax
.section .text
.global _start
_start:
    lla t0, handler
    csrw stvec, t0
    addi a7, zero, 0x10 /* BASE probe_extension */
    addi a6, zero, 3
    lui a0, 0x735
    addi a0, a0, -0x1d1
    ecall
    lui a7, 0x54495 /* TIME set_timer */
    addi a7, a7, -0x2bb
    addi a6, zero, 0
    addi a0, zero, 0
    ecall
    lui a7, 0x12345 /* nobody's */
    ecall
translate:
    lla t0, table
    srli t0, t0, 12
    addi t1, zero, 8
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    ld t2, 0(t1) /* not canonical */
    ld t2, 0(zero)
    lla t1, table
    ld t2, 16(t1)
wait:
    addi t0, zero, 32
    csrs sie, t0
    csrsi sstatus, 2
    csrci sstatus, 2
end:
    lui a7, 0x53525 /* SRST system_reset: shut down */
    addi a7, a7, 0x354
    addi a6, zero, 0
    addi a0, zero, 0
    addi a1, zero, 0
    ecall
stay:
    j stay

.balign 4
handler:
    csrr s0, scause
    blt s0, zero, interrupt
    csrr s1, sepc
    addi s1, s1, 4
    csrw sepc, s1
    sret
interrupt:
    addi s1, zero, 32
    csrc sie, s1
    sret

/* The third gigabyte maps onto itself. */
.balign 4096
table:
    .dword 0, 0
    .dword 0x200000ef
    .zero 4096 - 24
