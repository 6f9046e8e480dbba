/* SPDX-License-Identifier: MIT */
/* TRY_AS(): a memory access by M mode with the rights of another mode, through MPRV. */
#ifndef MICROVM_TESTS_GUEST_TRY_AS_H
#define MICROVM_TESTS_GUEST_TRY_AS_H

#include "lib/env.h"

/* Like TRY(). MPRV is set for the instructions alone: M mode's own memory may be forbidden to the
 * other mode. A trap out of them leaves MPRV set and MPP = U. */
#define TRY_AS(mode, instructions, value, address)                                                                     \
    ({                                                                                                                 \
        uint64_t try_traps = self()->count;                                                                            \
        CSR_CLEAR(mstatus, MSTATUS_MPP);                                                                               \
        CSR_SET(mstatus, (mode) << MSTATUS_MPP_SHIFT);                                                                 \
        __asm__ volatile("la t0, 9f\n sd t0, 32(tp)\n li t0, 0x20000\n csrs mstatus, t0\n" instructions                \
                         "\n9:\n li t0, 0x20000\n csrc mstatus, t0\n sd zero, 32(tp)"                                  \
                         : "+r"(value)                                                                                 \
                         : "r"(address)                                                                                \
                         : "t0", "t1", "t2", "memory");                                                                \
        self()->count == try_traps ? NO_TRAP : self()->cause;                                                          \
    })

#endif
