/* SPDX-License-Identifier: MIT */
/* Functions that compilers call by themselves, even with -ffreestanding, where a struct is copied or an array cleared
 * (microvm build adds them where they are wanted). Any of the same name in the project takes their place. */
.section .text.memory, "ax"

.macro function name
.balign 4
.weak \name
.type \name, @function
\name:
.endm

function memcpy
.Lforwards:
    mv t0, a0
1:  beqz a2, 2f
    lbu t1, 0(a1)
    sb t1, 0(t0)
    addi a1, a1, 1
    addi t0, t0, 1
    addi a2, a2, -1
    j 1b
2:  ret

function memmove
    bgeu a1, a0, .Lforwards        /* forwards is right if the source lies above */
1:  beqz a2, 2f
    addi a2, a2, -1
    add t1, a1, a2
    lbu t1, 0(t1)
    add t0, a0, a2
    sb t1, 0(t0)
    j 1b
2:  ret

function memset
    mv t0, a0
1:  beqz a2, 2f
    sb a1, 0(t0)
    addi t0, t0, 1
    addi a2, a2, -1
    j 1b
2:  ret

function memcmp
1:  beqz a2, 2f
    lbu t0, 0(a0)
    lbu t1, 0(a1)
    addi a0, a0, 1
    addi a1, a1, 1
    addi a2, a2, -1
    beq t0, t1, 1b
    sub a0, t0, t1
    ret
2:  li a0, 0
    ret
