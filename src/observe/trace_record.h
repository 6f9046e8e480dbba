/* SPDX-License-Identifier: MIT */
/* What happened, as traces keep it: records of one size, from which every form of a trace is made, at once or later from a
 * binary file (docs/tracing.md has its format). */
#ifndef MICROVM_OBSERVE_TRACE_RECORD_H
#define MICROVM_OBSERVE_TRACE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum trace_kind {
#define TRACE_KIND(id, meaning) TRACE_##id,
#include "observe/trace_kind.def"
#undef TRACE_KIND
    TRACE_KIND_COUNT
};

/* What data[] holds of each. Times are guest nanoseconds. */
enum trace_record_type {
    RECORD_INSN = 1, /* value of reg, address, loaded, stored */
    RECORD_CSR,      /* value now, value asked for, value of the register it is a view of; number: whose */
    RECORD_TRAP,     /* cause, tval, handler's address, time; to_mode: the handler's */
    RECORD_XRET,     /* target, 0, 0, time; to_mode: the target's */
    RECORD_MMIO,     /* physical address, value; flag: answered */
    RECORD_SBI_CALL, /* a0 to a3; bits: extension, number: function */
    RECORD_SBI_RETURN, /* behind its call: a0, a1, a4 at the call, time of the call; number: ns it took, flag: it came back */
    RECORD_IRQ,        /* time is data[3]; number: mip's bit, flag: level */
    RECORD_WALK, /* virtual address, satp or vsatp, hgatp, physical address; number: enum access_type, flag: granted */
    RECORD_WALK_STEP, /* entry's address, entry; number: verdict | level << 8 | stage << 16 */
    RECORD_TYPES
};

/* reg: the register that was written, 0: none. */
#define RECORD_REG_F 32 /* f0; x1 to x31 are 1 to 31 */
/* access */
#define RECORD_LOAD 1
#define RECORD_STORE 2
#define RECORD_FLAG 4 /* what the comments above call flag */

/* A privilege and V, as mode and to_mode hold them. */
#define RECORD_MODE(priv, virt) ((uint8_t)((priv) | ((virt) ? 4 : 0)))
#define RECORD_PRIV(mode) ((mode)&3)
#define RECORD_VIRT(mode) (((mode)&4) != 0)

struct trace_record {
    uint64_t step; /* of the machine, from 0 */
    uint64_t pc;
    uint32_t bits; /* of the instruction; 0: it could not be read, or does not matter */
    uint8_t type;
    uint8_t hart;
    uint8_t mode; /* before the instruction */
    uint8_t to_mode;
    uint8_t kind; /* enum trace_kind that asked for it */
    uint8_t reg;
    uint8_t size;   /* of an access, in bytes */
    uint8_t access; /* RECORD_LOAD, RECORD_STORE, RECORD_FLAG */
    uint32_t number;
    uint64_t data[4];
};

_Static_assert(sizeof(struct trace_record) == 64, "records reach files as they are");

#endif
