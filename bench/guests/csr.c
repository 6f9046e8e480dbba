/* SPDX-License-Identifier: MIT */
/* What a kernel's entry and its interrupt locks do to CSRs, in a loop of 14 instructions of S mode, 8 of them on
 * CSRs. */
#include "runtime.h"

enum { ROUNDS = 2000000, SSTATUS_SIE = 2 };

int main(void)
{
    enter_supervisor(4 << 20, 0);
    uint64_t sum = 0, value = 7, before, read;
    for (uint64_t left = ROUNDS; left > 0; left--) {
        __asm__ volatile("csrrw %1, sscratch, %2\n"
                         "csrr %0, sscratch\n"
                         "csrrs zero, sscratch, %3\n"
                         "csrrc %2, sscratch, %4\n"
                         "csrrc zero, sstatus, %5\n"
                         "csrr zero, sstatus\n"
                         "csrrs zero, sstatus, %5\n"
                         "csrrc zero, sstatus, %5\n"
                         : "=&r"(read), "=&r"(before), "+&r"(value)
                         : "r"(left), "r"(~left >> 1), "r"((uint64_t)SSTATUS_SIE));
        sum += before ^ read;
    }
    return is_result(sum, 0x000002e7ba1fb250);
}
