/* SPDX-License-Identifier: MIT */
/* Functions that compilers call by themselves, even with -ffreestanding: where a struct is copied or an array cleared, and
 * for __builtin_popcount and the like, which rv64imac has no instructions for. microvm build adds them where one is
 * wanted; any of the same name in the project takes the place of ours. */
.section .text.library, "ax"

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

function __bswapdi2
    li t2, 0
    j .Lreverse
function __bswapsi2
    li t2, 32                      /* its bytes end up in the upper half; results of 32 bits are sign-extended */
.Lreverse:
    mv t0, a0
    li a0, 0
    li a2, 8
1:  slli a0, a0, 8
    andi t1, t0, 255
    or a0, a0, t1
    srli t0, t0, 8
    addi a2, a2, -1
    bnez a2, 1b
    sra a0, a0, t2
    ret

function __popcountdi2
    mv t0, a0
    li a0, 0
1:  beqz t0, 2f
    addi t1, t0, -1
    and t0, t0, t1                 /* without its lowest one */
    addi a0, a0, 1
    j 1b
2:  ret

function __paritydi2
    srli t0, a0, 32
    xor a0, a0, t0
    srli t0, a0, 16
    xor a0, a0, t0
    srli t0, a0, 8
    xor a0, a0, t0
    srli t0, a0, 4
    xor a0, a0, t0
    srli t0, a0, 2
    xor a0, a0, t0
    srli t0, a0, 1
    xor a0, a0, t0
    andi a0, a0, 1
    ret

function __clzdi2
    mv t0, a0
    li a0, 64
1:  beqz t0, 2f
    srli t0, t0, 1
    addi a0, a0, -1
    j 1b
2:  ret

function __ffsdi2                  /* 0 if there is no one, else as ctz, plus 1 */
    beqz a0, 2b
    li t1, 1
    j .Llowest
function __ctzdi2
    li t1, 0
.Llowest:
    mv t0, a0
    mv a0, t1
1:  andi t1, t0, 1
    bnez t1, 2f
    beqz t0, 2f
    srli t0, t0, 1
    addi a0, a0, 1
    j 1b
2:  ret
