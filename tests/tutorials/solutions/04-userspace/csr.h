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

#define SATP_SV39 (8ul << 60)      /* the rest of satp: the number of the root table's page */

#define SSTATUS_SPP (1ul << 8)     /* the mode that sret goes to: 0 user, 1 supervisor */

/* scause: why there was a trap. */
#define CAUSE_ILLEGAL 2
#define CAUSE_USER_CALL 8          /* ecall in user mode */
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

#endif
