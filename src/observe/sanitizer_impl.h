/* SPDX-License-Identifier: MIT */
/* What the files of the sanitizer share. For src/observe/sanitizer*.c alone. */
#ifndef MICROVM_OBSERVE_SANITIZER_IMPL_H
#define MICROVM_OBSERVE_SANITIZER_IMPL_H

#include "cpu/decode.h"
#include "cpu/strict.h"
#include "observe/explain_impl.h"
#include "observe/sanitizer.h"

/* The last store to 8 aligned bytes, or the last write of a CSR. */
struct change {
    uint64_t word; /* physical; of a CSR its number */
    uint64_t pc;
    uint64_t step; /* the machine's */
    uint64_t value;
    uint32_t hart;
    bool known;
};

/* A load or store of the present instruction, as the guest made it. */
struct seen_access {
    uint64_t va;
    uint64_t pa;
    unsigned size; /* 0: there was none */
    bool ram;
    bool unwritten; /* of a load: nobody has ever written any of these bytes */
};

/* What was loaded that nobody had written. */
struct origin {
    uint64_t pc, va;
    unsigned size;
    bool copy; /* the register holds just that; else something made from it */
};

/* A stack: where sp has been since it was set to it. */
struct stack {
    uint64_t high, low;
    uint64_t floor;   /* the start of the symbol that it lies in; 0: none is known */
    const char *name; /* of the symbol */
    unsigned hart;    /* that used it last */
    bool left;        /* somebody's sp was saved while it was in use: he will come back */
    uint64_t used;    /* the step; 0: no stack */
};

#define STACKS 64
#define CODE_PAGES 1024

struct checked_page {
    uint64_t page; /* number + 1 */
    uint64_t satp;
};

/* A stale use that may still turn out to be none: others have changed the tables, and their fence is under way. */
struct suspicion {
    bool open;
    uint64_t since; /* the hart's steps */
    uint64_t pc;
    struct strict_finding finding;
    struct change change;
};

/* Code in a page that may be written, before the kernel has had the time to change that. */
struct open_code {
    bool open;
    unsigned hart;
    uint64_t pc;
    struct mmu_context context;
};

/* The latest lr and sc. */
struct lost_reservation {
    bool reserved; /* no trap and no sc came since the lr */
    uint64_t address;
    uint64_t pc;
    unsigned failures; /* in a row, there */
    unsigned result;   /* the register that says that it failed, until somebody reads it; 0: none */
};

/* The latest fault for an A or D bit that is clear. */
struct refusal {
    bool open;
    uint64_t since; /* the hart's steps */
    uint64_t pc, va;
    enum access_type type;
    struct mmu_context context;
};

struct hart_shadow {
    struct seen_access load, store;
    uint32_t doubtful; /* a bit for each of x1 to x31: made from what nobody has written */
    struct origin origin[32];
    uint64_t sp;
    unsigned stack;       /* in use */
    bool stack_is_new;    /* sp is being set */
    struct change csr[4]; /* by enum walk_stage: satp, vsatp, hgatp, PMP */
    struct suspicion stale, stale_code;
    bool ran_below_m, pmp_waits; /* PMP was changed since, and no fence followed */
    struct lost_reservation lost;
    struct refusal refusal;
    struct checked_page checked[CODE_PAGES];
};

#define FINDINGS_MAX 32
/* Of the stores that are remembered: a power of two. */
#define CHANGES (1u << 20)

struct sanitizer {
    struct explain *e;
    struct machine *machine;
    struct ram *ram;
    unsigned traits;
    struct observer observer;
    struct control_listener listener;
    struct strict_listener strict_listener;
    bool begun;
    struct change *changes;            /* by a hash of the address */
    uint8_t registers[INSN_COUNT + 1]; /* READS_RS1...: which integer registers an instruction has */
    struct stack stacks[STACKS];
    struct open_code open_code;
    bool user_seen; /* a hart has been in U mode */
    struct {
        enum explain_kind kind;
        uint64_t pc;
    } told[FINDINGS_MAX];
    unsigned told_count;
    struct hart_shadow hart[];
};

enum { READS_RS1 = 1, READS_RS2 = 2, WRITES_RD = 4 };

static inline bool sanitizer_has(const struct sanitizer *s, enum strict_trait trait)
{
    return s->traits >> trait & 1;
}

/* A message: true if it is to be said now, with explain_line and explain_end. Each place (pc) is told once. */
bool sanitizer_begin(struct sanitizer *s, enum explain_kind kind, const struct hart *h, uint64_t pc, const char *format,
                     ...) PRINTF_FORMAT(5, 6);

/* "0x80000010 (main+0x10, kernel.c:12)" */
#define SOURCE_BYTES (PLACE_BYTES + 160)
const char *sanitizer_place(const struct sanitizer *s, uint64_t pc, char out[SOURCE_BYTES]);

/* Where an access of the present instruction goes; false: nowhere that is known. */
bool sanitizer_physical(struct sanitizer *s, const struct hart *h, enum access_type type, uint64_t va, unsigned size,
                        uint64_t *pa);

/* The last store to any of the 8 bytes around pa that the hash still knows. */
struct change sanitizer_change(const struct sanitizer *s, uint64_t pa);

/* sanitizer_fence.c: stale translations and code. */
void sanitizer_found(void *owner, struct hart *h, const struct strict_finding *finding);
void sanitizer_fenced(struct sanitizer *s, const struct hart *h, unsigned insn_id);
void sanitizer_fence_called(struct sanitizer *s, const struct hart *h);
void sanitizer_fence_look(struct sanitizer *s, struct hart *h, bool over);
bool sanitizer_fence_waits(const struct sanitizer *s);

void sanitizer_pmp_used(struct sanitizer *s, struct hart *h, const struct observed_insn *insn);

/* sanitizer_retry.c: sc, and A and D bits. */
void sanitizer_retry_insn(struct sanitizer *s, const struct hart *h, const struct observed_insn *insn);
void sanitizer_retry_fault(struct sanitizer *s, struct hart *h, const struct observed_trap *trap);
void sanitizer_retry_look(struct sanitizer *s, struct hart *h, bool over);

/* sanitizer_uninit.c: RAM that nobody has written. */
bool sanitizer_uninit_begin(struct sanitizer *s);
void sanitizer_uninit_insn(struct sanitizer *s, struct hart *h, const struct observed_insn *insn,
                           enum insn_class class);
void sanitizer_uninit_fault(struct sanitizer *s, struct hart *h, const struct observed_trap *trap);
void sanitizer_uninit_sbi(struct sanitizer *s, struct hart *h);
bool sanitizer_is_unwritten(const struct sanitizer *s, uint64_t pa, unsigned size);

/* sanitizer_code.c: code that may be written. */
void sanitizer_code_insn(struct sanitizer *s, struct hart *h, const struct observed_insn *insn);
void sanitizer_code_forget(struct hart_shadow *shadow);
void sanitizer_code_ends(struct sanitizer *s);

/* sanitizer_stack.c: stacks. */
void sanitizer_stack_insn(struct sanitizer *s, struct hart *h, const struct observed_insn *insn, enum insn_class class);

#endif
