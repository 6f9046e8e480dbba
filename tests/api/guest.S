/* SPDX-License-Identifier: MIT */
/* Small guests in one file: the test sets pc to the label of the one it wants. All begin in M mode. */

.equ UART,     0x10000000
.equ FINISHER, 0x100000
.equ PLIC,     0xc000000
.equ CLAIM,    0xc200004
.equ MTIMECMP, 0x2004000
.equ MTIME,    0x200bff8
.equ DEVICE,   0x40000000
.equ SOURCE,   40

.globl _start, counts, counts_loop, counts_store, says, fails, resets, echoes, calls, traps, uses_device, awaits
.globl loops, sleeps, ticks, data, asks_from_s
.text
_start:
    j       _start

/* Counts in memory for ever. */
counts:
    la      t1, data
    li      t0, 0
counts_loop:
    addi    t0, t0, 1
counts_store:
    sd      t0, 0(t1)
    ld      t2, 0(t1)
    j       counts_loop

says:
    li      t0, UART
    la      t1, text
1:  lbu     t2, 0(t1)
    beqz    t2, pass
    sb      t2, 0(t0)
    addi    t1, t1, 1
    j       1b

pass:
    li      t0, FINISHER
    li      t1, 0x5555
    sw      t1, 0(t0)
    j       .

fails:
    li      a0, 7
fail:                           /* with the code in a0 */
    slli    a0, a0, 16
    li      t1, 0x3333
    or      a0, a0, t1
    li      t0, FINISHER
    sw      a0, 0(t0)
    j       .

resets:
    li      t0, FINISHER
    li      t1, 0x7777
    sw      t1, 0(t0)
    j       .

/* Gives back what it is sent, by interrupts alone, up to a q. */
echoes:
    li      s0, UART
    li      t0, 1
    sb      t0, 1(s0)           /* IER: received data */
    li      t1, PLIC + 4 * 10
    sw      t0, 0(t1)
    li      t0, 1 << 10
    li      t1, PLIC + 0x2000
    sw      t0, 0(t1)
    li      t0, 1 << 11
    csrw    mie, t0
    li      s1, CLAIM
    li      s2, 'q'
1:  wfi
    lw      s3, 0(s1)
2:  lbu     t0, 5(s0)
    andi    t0, t0, 1
    beqz    t0, 3f
    lbu     t0, 0(s0)
    sb      t0, 0(s0)
    beq     t0, s2, pass
    j       2b
3:  sw      s3, 0(s1)
    j       1b

/* Fails with what the call answers. */
calls:
    li      a7, 5
    li      a0, 20
    ecall
    j       fail

/* Enters S mode and does the same there. */
asks_from_s:
    li      t0, -1
    csrw    pmpaddr0, t0
    li      t0, 0x1f
    csrw    pmpcfg0, t0
    la      t0, calls
    csrw    mepc, t0
    li      t0, 1 << 11
    csrw    mstatus, t0
    mret

/* Passes through its trap handler. */
traps:
    la      t0, pass
    csrw    mtvec, t0
    .globl traps_here
traps_here:
    .word   0

/* Adds one to the device's word at 4 and writes it to 8, and goes where nothing answers. */
uses_device:
    li      s0, DEVICE
    lw      t1, 4(s0)
    addi    t1, t1, 1
    sd      t1, 8(s0)
    la      t0, pass
    csrw    mtvec, t0
    lbu     t1, 0x20(s0)
    j       fails

/* Waits for an interrupt of the program's own device. */
awaits:
    li      t0, 1
    li      t1, PLIC + 4 * SOURCE
    sw      t0, 0(t1)
    li      t0, 1 << (SOURCE - 32)
    li      t1, PLIC + 0x2004
    sw      t0, 0(t1)
    li      t0, 1 << 11
    csrw    mie, t0
    wfi
    li      t1, CLAIM
    lw      a0, 0(t1)
    li      t0, SOURCE
    beq     a0, t0, pass
    j       fail

loops:
    j       .

/* Says that it goes to sleep, and sleeps for some 1,000 hours. */
sleeps:
    li      s1, MTIMECMP
    li      s2, MTIME
    li      t0, -1
    sd      t0, 0(s1)
    li      t0, 1 << 7
    csrw    mie, t0
    ld      t0, 0(s2)
    li      t1, 36000000000000
    add     t0, t0, t1
    sd      t0, 0(s1)
    li      t0, UART
    li      t1, 'z'
    sb      t1, 0(t0)
    wfi
    j       pass

/* Passes after 50 timer interrupts. */
ticks:
    la      t0, 2f
    csrw    mtvec, t0
    li      s0, 50
    li      s1, MTIMECMP
    li      s2, MTIME
    li      t0, 1 << 7
    csrw    mie, t0
    csrsi   mstatus, 8
1:  wfi
    addi    s3, s3, 1
    j       1b
.balign 4
2:  ld      t0, 0(s2)
    addi    t0, t0, 77
    sd      t0, 0(s1)
    addi    s0, s0, -1
    beqz    s0, pass
    mret

.data
.balign 4096
data:
    .dword  0
text:
    .asciz  "hello\n"
