/* SPDX-License-Identifier: MIT */
/* What the guests share: the machine they run on (no more of QEMU's virt board than its finisher and UART), and the
 * way from M mode into the others. A guest is one main, called in M mode; true is a pass. */
#ifndef BENCH_RUNTIME_H
#define BENCH_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_BYTES = 4096,
    CAUSE_ECALL_U = 8,
    CAUSE_ECALL_VS = 10,
};

#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

int main(void);

/* Whether a result is what it was when the guest was written; what is not is said on the UART. */
bool is_result(uint64_t result, uint64_t expected);

/* Ends the machine: 0, or a failure code of 1. */
__attribute__((noreturn)) void finish(bool passed);

/* From M mode to S mode on Sv39: the identity in 4 KiB pages, rwx with A and D set, for `bytes` of RAM from its
 * start. Traps whose causes are bits of `delegated` go to stvec; all others still fail the guest. */
void enter_supervisor(size_t bytes, uint64_t delegated);

/* Makes a page of RAM one of U mode. */
void give_to_user(const void *page);

#endif
