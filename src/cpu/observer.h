/* SPDX-License-Identifier: MIT */
/* Onlookers: what happens in a hart, told as it happens. Traces, exact counts and coverage are observers. A hart has none
 * while nobody looks, and then nothing is told and next to nothing asked. Observers change nothing in the hart. */
#ifndef MICROVM_CPU_OBSERVER_H
#define MICROVM_CPU_OBSERVER_H

#include "mmu/walk.h"

struct op;

/* An instruction that has retired. */
struct observed_insn {
    uint64_t pc;
    uint32_t bits;  /* of a 16-bit instruction the low half */
    uint8_t length; /* in bytes */
    uint8_t priv;   /* before it, as V */
    bool virt;
    uint16_t id;         /* enum insn_id */
    uint8_t fflags;      /* that an FP instruction raised, whether they were set before or not */
    const struct op *op; /* its operands: rd, rs1, rs2, imm */
};

/* A trap that has just been taken, by the registers of the mode that it was taken into. */
struct observed_trap {
    uint64_t cause; /* as xcause shows it, CAUSE_INTERRUPT included */
    uint64_t tval;
    uint64_t epc;
    uint8_t from_priv, to_priv;
    bool from_virt, to_virt;
};

/* A return from a trap: the instruction's own pc and mode. Where it led is in the hart. */
struct observed_xret {
    uint64_t pc;
    uint8_t priv;
    bool virt;
};

/* Every function may be NULL. */
struct observer {
    void *owner;
    struct observer *next; /* of the same harts; kept by machine/control.h */
    bool hears_repeats;    /* also of what a machine does again on its way from the past to the present */

    /* After each instruction; what it changed is in the hart. Where any observer has this function the harts run on
     * engine_observe. */
    void (*insn)(void *owner, struct hart *h, const struct observed_insn *insn);

    /* The same for those alone that are executed outside blocks, whatever the engine: what blocks cannot count. */
    void (*lone_insn)(void *owner, struct hart *h, const struct observed_insn *insn);

    /* Loads and stores of data that succeeded, before their instruction is told. LR, SC and AMO: what memory held is told as a
     * load (by an SC too, which shows nothing of it), what was written as a store. Complete only where `insn` is given. */
    void (*access)(void *owner, struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value);

    /* A CSR instruction wrote; value is what it asked for. Complete only where `insn` is given. */
    void (*csr_write)(void *owner, struct hart *h, unsigned number, uint64_t value);

    /* Exceptions and interrupts; and returns from them, with pc and mode changed already. */
    void (*trap)(void *owner, struct hart *h, const struct observed_trap *trap);
    void (*xret)(void *owner, struct hart *h, const struct observed_xret *xret);

    /* The hart is about to be reset. */
    void (*reset)(void *owner, struct hart *h);

    /* An access outside RAM; answered: false if there is nothing there, and the access faults. */
    void (*mmio)(void *owner, struct hart *h, enum access_type type, uint64_t pa, unsigned size, uint64_t value,
                 bool answered);

    /* A call of the built-in SBI, before (a7, a6 and the arguments stand in the registers) and after it (a0, a1). */
    void (*sbi_call)(void *owner, struct hart *h);
    void (*sbi_return)(void *owner, struct hart *h, uint64_t eid, uint64_t fid);

    /* A bit of mip, given as a mask, changed by a wire or by the built-in SBI. */
    void (*irq)(void *owner, struct hart *h, uint64_t mip_bit, bool level);

    /* A walk of the page tables that the hart made, not from a TLB; granted: what the tables said. */
    void (*walk)(void *owner, struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                 bool granted);
};

/* Executes an instruction as exec_insn does, and notes what only its execution shows. */
enum exec observer_execute(struct hart *h, struct observed_insn *insn);

/* Tell all observers of the hart; it has one at least. */
void observer_insn(struct hart *h, const struct observed_insn *insn);
void observer_lone_insn(struct hart *h, const struct observed_insn *insn);
void observer_access(struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value);
void observer_csr_write(struct hart *h, unsigned number, uint64_t value);
void observer_trap(struct hart *h);
void observer_xret(struct hart *h, const struct observed_xret *xret);
void observer_reset(struct hart *h);
void observer_mmio(struct hart *h, enum access_type type, uint64_t pa, unsigned size, uint64_t value, bool answered);
void observer_sbi_call(struct hart *h);
void observer_sbi_return(struct hart *h, uint64_t eid, uint64_t fid);
void observer_irq(struct hart *h, uint64_t mip_bit, bool level);
void observer_walk(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type, bool granted);

#endif
