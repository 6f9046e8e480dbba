/* SPDX-License-Identifier: MIT */
/* Interrupts that come one after the other, into M or S mode. To be included once in a test: it
 * brings handlers along.
 *
 * note_in_m and note_in_s, as xtvec, note each interrupt in taken_m or taken_s, switch it off in mie
 * or sie and return, so that the next one by priority comes at once. Of exceptions they know only
 * the ecall that ends run_in(): no TRY() while they are in xtvec. They want tp as the environment
 * has it, and no stack. */
#ifndef MICROVM_TESTS_GUEST_INTERRUPT_H
#define MICROVM_TESTS_GUEST_INTERRUPT_H

#include "lib/env.h"

#define SSI 1
#define MSI 3
#define STI 5
#define MTI 7
#define SEI 9
#define MEI 11
#define BIT_OF(interrupt) (UINT64_C(1) << (interrupt))
#define S_INTERRUPTS (BIT_OF(SSI) | BIT_OF(STI) | BIT_OF(SEI))
#define M_INTERRUPTS (BIT_OF(MSI) | BIT_OF(MTI) | BIT_OF(MEI))
#define NOTES 16

/* The interrupts that a mode took, in order: what its xcause, xepc and xstatus were. */
struct taken {
    uint64_t count;
    uint64_t cause[NOTES], epc[NOTES], status[NOTES];
    uint64_t saved[2];
};

extern volatile struct taken taken_m, taken_s;
void note_in_m(void);
void note_in_s(void);

#define NOTING_HANDLER(name, record, x, area_to_scratch)                                                               \
    __asm__(".pushsection .text\n.balign 4\n.global " name "\n" name ":\n"                                             \
            " csrw " x "scratch, t0\n csrr t0, " x "cause\n bgez t0, 1f\n"                                             \
            " la t0, " record "\n sd t1, 392(t0)\n sd t2, 400(t0)\n"                                                   \
            " ld t1, 0(t0)\n addi t1, t1, 1\n sd t1, 0(t0)\n slli t1, t1, 3\n add t1, t1, t0\n"                        \
            " csrr t2, " x "epc\n sd t2, 128(t1)\n csrr t2, " x "status\n sd t2, 256(t1)\n"                            \
            " csrr t2, " x "cause\n sd t2, 0(t1)\n"                                                                    \
            " li t1, 1\n sll t1, t1, t2\n csrc " x "ie, t1\n"                                                          \
            " ld t1, 392(t0)\n ld t2, 400(t0)\n csrr t0, " x "scratch\n" area_to_scratch " " x "ret\n"                 \
            "1: csrw " x "scratch, tp\n li t0, 0x4d\n bne a7, t0, 2f\n ld sp, 64(tp)\n ld ra, 72(tp)\n"                \
            " ret\n2: li a0, 96\n j fail\n.popsection\n"                                                               \
            ".pushsection .bss\n.balign 8\n.global " record "\n" record ": .space 408\n"                               \
            ".popsection\n")

NOTING_HANDLER("note_in_m", "taken_m", "m", " csrw mscratch, tp\n");
NOTING_HANDLER("note_in_s", "taken_s", "s", "");
_Static_assert(sizeof(struct taken) == 408 && RETURN_TO_M == 0x4d, "the handlers know these");

/* Puts the noting handlers in place; gives the old mtvec for CSR_WRITE(mtvec, ...). */
static inline uint64_t start_noting(void)
{
    uint64_t old = CSR_READ(mtvec);
    taken_m.count = taken_s.count = 0;
    CSR_WRITE(mtvec, note_in_m);
    CSR_WRITE(stvec, note_in_s);
    return old;
}

/* The UART, source 10 of the PLIC, asks while its transmitter is empty. Contexts 0 and 1 are hart 0's
 * M and S mode. */
static inline void raise_external(uint64_t context)
{
    *(volatile uint32_t *)(UINT64_C(0xc000000) + 4 * 10) = 1;
    *(volatile uint32_t *)(UINT64_C(0xc002000) + 0x80 * context) = 1 << 10;
    *(volatile uint32_t *)(UINT64_C(0xc200000) + 0x1000 * context) = 0;
    *(volatile uint8_t *)(UINT64_C(UART) + 1) = 2;
}

/* Makes all six interrupts of M and S mode pending, those of S mode by software. */
static inline void raise_all(void)
{
    CSR_CLEAR(0x30a, UINT64_C(1) << 63); /* menvcfg.STCE: STIP is software's */
    CSR_SET(mip, S_INTERRUPTS);
    *(volatile uint32_t *)CLINT_MSIP = 1;
    *(volatile uint64_t *)CLINT_MTIMECMP = 0;
    raise_external(0);
    uint64_t all = S_INTERRUPTS | M_INTERRUPTS;
    for (unsigned i = 0; i < 1000000 && (CSR_READ(mip) & all) != all; i++) {
    }
    expect(97, CSR_READ(mip) & all, all);
}

#endif
