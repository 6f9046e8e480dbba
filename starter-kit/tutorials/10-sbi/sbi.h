/* SPDX-License-Identifier: MIT */
/* The Supervisor Binary Interface: what the firmware below us does for us, asked for by ecall. */
#ifndef SBI_H
#define SBI_H

#include <stdint.h>

/* Extensions: the letters of their names in ASCII, but for the two oldest. */
enum {
    SBI_OLD_PUT_CHAR = 1,
    SBI_BASE = 0x10,
    SBI_DBCN = 0x4442434e,         /* debug console */
    SBI_HSM = 0x48534d,            /* hart state management */
    SBI_SRST = 0x53525354,         /* system reset */
    SBI_TIME = 0x54494d45,         /* timer */
};

struct sbi_result {
    long error;                    /* 0, or why not */
    unsigned long value;
};

struct sbi_result sbi_call(long extension, long function, uint64_t a0, uint64_t a1, uint64_t a2);

/* Whether the firmware has it. */
int sbi_has(long extension);

/* Ends the run. 0: all went well; else a failure. */
_Noreturn void power_off(unsigned status);

#endif
