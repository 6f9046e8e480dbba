/* SPDX-License-Identifier: MIT */
/* Taking interrupts in a test: sources, and a handler that notes each and masks what it took.
 *
 * TAKE() runs an instruction with the noting handlers in mtvec and stvec and says in a
 * struct taken what happened. The handler of either mode switches off the interrupt that it took
 * (in mie or sie) and returns, so that the next one by priority comes at once.
 * To be included once in a test: it brings the handlers along. */
#ifndef MICROVM_TESTS_GUEST_INTERRUPT_H
#define MICROVM_TESTS_GUEST_INTERRUPT_H

#include "lib/env.h"

#define INTERRUPT (UINT64_C(1) << 63)
#define SSI 1
#define MSI 3
#define STI 5
#define MTI 7
#define SEI 9
#define MEI 11
#define BIT_OF(interrupt) (UINT64_C(1) << (interrupt))
#define S_INTERRUPTS (BIT_OF(SSI) | BIT_OF(STI) | BIT_OF(SEI))

#define CLINT_MSIP ((volatile uint32_t *)0x2000000)
#define CLINT_MTIMECMP ((volatile uint64_t *)0x2004000)
#define CLINT_MTIME ((volatile uint64_t *)0x200bff8)

/* What the handlers saw: the latest `count` causes in order, the first one's xepc and xstatus. */
struct taken {
    uint64_t count;
    uint64_t cause[16];
    uint64_t epc[16];
    uint64_t status[16];
};

extern struct taken taken_m, taken_s;
void note_in_m(void);
void note_in_s(void);

/* The handlers use no stack and no tp, so they can come at any instruction in any mode, but the
 * data page must be mapped for S mode where S mode translates. */
#define NOTING_HANDLER(name, record, x, ie, ret)                                                   \
    __asm__(".pushsection .text\n.balign 4\n.global " name "\n" name ":\n"                         \
            " csrw " x "scratch, t0\n la t0, " record "\n"                                         \
            " sd t1, 400(t0)\n sd t2, 408(t0)\n"                                                   \
            " ld t1, 0(t0)\n addi t1, t1, 1\n sd t1, 0(t0)\n"                                      \
            " slli t1, t1, 3\n add t1, t1, t0\n"                                                   \
            " csrr t2, " x "cause\n sd t2, 0(t1)\n csrr t2, " x "epc\n sd t2, 128(t1)\n"           \
            " csrr t2, " x "status\n sd t2, 256(t1)\n"                                             \
            " csrr t2, " x "cause\n li t1, 1\n sll t1, t1, t2\n csrc " ie ", t1\n"                 \
            " ld t1, 400(t0)\n ld t2, 408(t0)\n csrr t0, " x "scratch\n " ret "\n"                 \
            ".popsection\n"                                                                        \
            ".pushsection .bss\n.balign 8\n.global " record "\n" record ": .space 416\n.popsection\n")

NOTING_HANDLER("note_in_m", "taken_m", "m", "mie", "mret");
NOTING_HANDLER("note_in_s", "taken_s", "s", "sie", "sret");

/* Runs `statement` with note_in_m as the M-mode handler. It must not trap into M mode otherwise:
 * no TRY(), no run_in() inside. */
#define WITH_NOTES(statement)                                                                      \
    do {                                                                                           \
        uint64_t old_mtvec = CSR_READ(mtvec);                                                      \
        taken_m.count = taken_s.count = 0;                                                         \
        CSR_WRITE(mtvec, note_in_m);                                                               \
        statement;                                                                                 \
        CSR_WRITE(mtvec, old_mtvec);                                                               \
        CSR_WRITE(mscratch, self());                                                               \
    } while (0)

/* The PLIC's context 0 is hart 0's M mode, 1 its S mode; the UART, source 10, asks at once when its
 * transmitter is empty and its interrupt is on. */
static inline void raise_external(unsigned context)
{
    *(volatile uint32_t *)(0xc000000 + 4 * 10) = 1;
    *(volatile uint32_t *)(0xc002000 + 0x80 * (uint64_t)context) = 1 << 10;
    *(volatile uint32_t *)(0xc200000 + 0x1000 * (uint64_t)context) = 0;
    *(volatile uint8_t *)(UART + 1) = 2;
}

static inline void lower_external(unsigned context)
{
    *(volatile uint8_t *)(UART + 1) = 0;
    *(volatile uint32_t *)(0xc002000 + 0x80 * (uint64_t)context) = 0;
}

/* Waits until mip shows all of `bits`: sources outside the hart may take a moment. */
static inline void wait_pending(uint64_t bits)
{
    for (unsigned i = 0; i < 1000000 && (CSR_READ(mip) & bits) != bits; i++) {
    }
    expect(97, CSR_READ(mip) & bits, bits);
}

#endif
