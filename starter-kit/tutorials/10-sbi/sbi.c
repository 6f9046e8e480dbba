/* SPDX-License-Identifier: MIT */
#include "sbi.h"

struct sbi_result sbi_call(long extension, long function, uint64_t a0, uint64_t a1, uint64_t a2)
{
    register uint64_t r0 asm("a0") = a0;
    register uint64_t r1 asm("a1") = a1;
    register uint64_t r2 asm("a2") = a2;
    register uint64_t r6 asm("a6") = function;
    register uint64_t r7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r6), "r"(r7) : "memory");
    return (struct sbi_result){(long)r0, r1};
}


enum { BASE_PROBE = 3 };

int sbi_has(long extension)
{
    struct sbi_result r = sbi_call(SBI_BASE, BASE_PROBE, extension, 0, 0);
    return r.error == 0 && r.value != 0;
}

enum { SRST_RESET = 0 };
enum { TYPE_SHUTDOWN = 0, REASON_NONE = 0, REASON_FAILURE = 1 };

void power_off(unsigned status)
{
    sbi_call(SBI_SRST, SRST_RESET, TYPE_SHUTDOWN, status ? REASON_FAILURE : REASON_NONE, 0);
    for (;;)                       /* only if the firmware cannot */
        asm volatile("wfi");
}
