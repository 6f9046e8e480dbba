/* SPDX-License-Identifier: MIT */
/* Control and status registers: they have instructions of their own, which C reaches through these. */
#ifndef CSR_H
#define CSR_H

#include <stdint.h>

#define csr_read(csr) ({ uint64_t v_; asm volatile("csrr %0, " #csr : "=r"(v_)); v_; })
#define csr_write(csr, v) asm volatile("csrw " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_set(csr, v) asm volatile("csrs " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_clear(csr, v) asm volatile("csrc " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")

#define SSTATUS_SIE (1ul << 1)     /* interrupts are taken in supervisor mode */
#define INTERRUPT_TIMER (1ul << 5) /* in sie and sip: the supervisor timer interrupt */

/* scause: bit 63 tells interrupts from exceptions. */
#define CAUSE_TIMER (1ul << 63 | 5)

#endif
