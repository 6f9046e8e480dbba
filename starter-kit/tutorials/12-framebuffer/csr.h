/* SPDX-License-Identifier: MIT */
/* Control and status registers: they have instructions of their own, which C reaches through these. */
#ifndef CSR_H
#define CSR_H

#include <stdint.h>

#define csr_read(csr) ({ uint64_t v_; asm volatile("csrr %0, " #csr : "=r"(v_)); v_; })
#define csr_write(csr, v) asm volatile("csrw " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_set(csr, v) asm volatile("csrs " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_clear(csr, v) asm volatile("csrc " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")

#define MSTATUS_MIE (1ul << 3)     /* interrupts are taken in machine mode */
#define INTERRUPT_TIMER (1ul << 7) /* in mie and mip: the machine timer interrupt */
#define INTERRUPT_EXTERNAL (1ul << 11) /* ... the machine external interrupt: the PLIC's */

/* mcause: bit 63 tells interrupts from exceptions. */
#define CAUSE_TIMER (1ul << 63 | 7)
#define CAUSE_EXTERNAL (1ul << 63 | 11)

#endif
