/* SPDX-License-Identifier: MIT */
/* The guests of these tests, each begins at its label: what it does stands there. They run in M mode. */
#define UART 0x10000000
#define FINISHER 0x100000
#define GUEST(name) .global name; name

.option norvc
.section .text.start
.global _start
_start:
    j guest

/* Prints the text at a0. */
print:
    li t0, UART
1:  lbu t1, 0(a0)
    beqz t1, 2f
    sb t1, 0(t0)
    addi a0, a0, 1
    j 1b
2:  ret

/* Writes a0 to the finisher. */
finish:
    li t0, FINISHER
    sw a0, 0(t0)
    j .

/* disk.c, with a stack. */
GUEST(uses_disk):
    la sp, stack_end
    call disk
    j .

/* Ends as many a first kernel does. */
GUEST(hello):
    la a0, greeting
    call print
    la t0, counter
    li t1, 7
    sw t1, 0(t0)
    li s1, 42
    j .

GUEST(panics):
    la a0, panic
    call print
    li a0, 0x33333
    j finish

/* Answers a line of input. */
GUEST(answers):
    la a0, login
    call print
    la s0, line
    li s1, UART
1:  lbu t0, 5(s1)
    andi t0, t0, 1
    beqz t0, 1b
    lbu t0, 0(s1)
    sb t0, 0(s0)
    addi s0, s0, 1
    li t1, '\n'
    bne t0, t1, 1b
    la a0, welcome
    call print
    la a0, line
    call print
    li a0, 0x5555
    j finish

/* Waits for an interrupt that nothing raises. */
GUEST(waits):
    la a0, greeting
    call print
    li t0, 0x800
    csrs mie, t0
    csrsi mstatus, 8
1:  wfi
    j 1b

/* Prints for ever. */
GUEST(babbles):
    la a0, dots
    call print
    j babbles

/* Turns without end and without a word, with an interrupt enabled. */
GUEST(turns):
    csrsi mie, 8
    csrsi mstatus, 8
1:  addi t0, t0, 1
    j 1b

/* What a report must not pass on. */
GUEST(trouble):
    la a0, markup
    call print
    li a0, 0x5555
    j finish

GUEST(resets):
    li a0, 0x7777
    j finish

/* A word to itself, then the trap that nobody handles. */
GUEST(dies):
    la a0, greeting
    call print
    csrw mtvec, zero
    unimp

/* A red pixel at 3,2 of a screen 64 wide; then it powers off. */
GUEST(draws):
    li t0, 0x7e000000 + 4 * (2 * 64 + 3)
    li t1, 0xaaff0000              /* its highest byte is no colour */
    sw t1, 0(t0)
    li a0, 0x5555
    j finish

.section .rodata
greeting: .asciz "hello, world\r\nand good bye\r\n"
panic: .asciz "mm: 12 pages\npanic: out of pages\n"
login: .asciz "login: "
welcome: .asciz "welcome, "
dots: .asciz "....................\n"
markup: .asciz "\033[2J\033]0;title\007 <b>&amp;]]> \"q\" \\ \xff\xc0\x80 caf\xc3\xa9 \xe2\x80\xaetxt.exe \xed\xa0\x80\t|\r\n  indented\nlast line without an end"

.data
.balign 8
.global counter
counter: .word 0
.global line
line: .zero 256
.balign 16
.zero 4096
stack_end:
