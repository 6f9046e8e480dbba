/* SPDX-License-Identifier: MIT */
/* Calls of the firmware: the SBI's extensions, functions and errors by name (SBI 3.0). */
#ifndef MICROVM_TESTS_GUEST_SBI_H
#define MICROVM_TESTS_GUEST_SBI_H

#include <stdint.h>

enum {
    SBI_BASE = 0x10,
    SBI_TIME = 0x54494d45,
    SBI_IPI = 0x735049,
    SBI_RFENCE = 0x52464e43,
    SBI_HSM = 0x48534d,
    SBI_SRST = 0x53525354,
    SBI_DBCN = 0x4442434e,
    SBI_PMU = 0x504d55,
};

/* Each legacy call is an extension of its own. */
enum { SBI_SET_TIMER = 0, SBI_PUTCHAR = 1, SBI_GETCHAR = 2, SBI_SHUTDOWN = 8 };

enum { SBI_PROBE_EXTENSION = 3 }; /* of BASE */
enum { HSM_START, HSM_STOP, HSM_STATUS, HSM_SUSPEND };
enum { REMOTE_FENCE_I, REMOTE_SFENCE_VMA, REMOTE_SFENCE_VMA_ASID };

enum { HSM_STARTED = 0, HSM_STOPPED = 1, HSM_SUSPENDED = 4 }; /* what HSM_STATUS gives */
#define HSM_RETENTIVE UINT64_C(0)
#define HSM_NON_RETENTIVE UINT64_C(0xffffffff80000000)

enum { SBI_NOT_SUPPORTED = -2, SBI_INVALID_PARAM = -3, SBI_ALREADY_AVAILABLE = -6 };

struct sbi_result {
    int64_t error;
    uint64_t value;
};

static inline struct sbi_result sbi(uint64_t eid, uint64_t fid, uint64_t arg0, uint64_t arg1, uint64_t arg2)
{
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a6 __asm__("a6") = fid;
    register uint64_t a7 __asm__("a7") = eid;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){(int64_t)a0, a1};
}

#endif
