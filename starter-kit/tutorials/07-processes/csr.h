/* SPDX-License-Identifier: MIT */
/* Control and status registers: they have instructions of their own, which C reaches through these. */
#ifndef CSR_H
#define CSR_H

#include <stdint.h>

#define csr_read(csr) ({ uint64_t v_; asm volatile("csrr %0, " #csr : "=r"(v_)); v_; })
#define csr_write(csr, v) asm volatile("csrw " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_set(csr, v) asm volatile("csrs " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_clear(csr, v) asm volatile("csrc " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")

#define MSTATUS_MPP (3ul << 11)    /* the mode that mret goes to: 0 user, 1 supervisor, 3 machine */
#define MSTATUS_MPP_S (1ul << 11)

#define MENVCFG_STCE (1ul << 63)   /* supervisor mode has a timer of its own: stimecmp */
#define COUNTEREN_TIME (1ul << 1)  /* the mode below may read time */

#define SATP_SV39 (8ul << 60)      /* the rest of satp: the number of the root table's page */

#define SSTATUS_SIE (1ul << 1)     /* interrupts are taken in supervisor mode */
#define SSTATUS_SPP (1ul << 8)     /* the mode that sret goes to: 0 user, 1 supervisor */

#define INTERRUPT_TIMER (1ul << 5) /* in sie and sip: the supervisor timer interrupt */

/* scause: why there was a trap; bit 63 tells interrupts from exceptions. */
#define CAUSE_TIMER (1ul << 63 | 5)
#define CAUSE_USER_CALL 8          /* ecall in user mode */
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

#endif
