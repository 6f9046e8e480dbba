/* SPDX-License-Identifier: MIT */
/* Address translation by the page tables in guest memory, in one stage or two, and its explanation step by step. */
#ifndef MICROVM_MMU_WALK_H
#define MICROVM_MMU_WALK_H

#include "cpu/hart.h"

/* An AMO or SC counts as a store. */
enum access_type { ACCESS_LOAD, ACCESS_STORE, ACCESS_FETCH };

/* Whose eyes an access is made with: all that decides a translation besides the tables themselves. */
struct mmu_context {
    uint64_t satp;  /* of the first stage: satp, or vsatp where virt; 0 (bare) in M mode */
    uint64_t hgatp; /* of the second stage; 0 where not virt */
    uint8_t priv;   /* effective privilege, MPRV included */
    bool virt;
    bool sum;       /* S may touch U pages */
    bool mxr;       /* loads may read executable pages, first stage */
    bool mxr_both;  /* and second stage */
    bool exec_read; /* HLVX: execute permission takes the place of read */
};

struct translation {
    uint64_t pa;         /* of the very byte */
    uint64_t gpa;        /* guest physical address where two stages are at work, else = pa */
    unsigned page_bits;  /* log2 of the range of va that the first stage's leaf maps, 12 to 64 */
    unsigned guest_bits; /* log2 of the range of gpa that the second stage's leaf maps, 12 to 64 */
};

enum walk_verdict {
#define VERDICT(id, effect, text) WALK_##id,
#include "mmu/verdict.def"
#undef VERDICT
};

enum walk_stage { WALK_S, WALK_VS, WALK_G, WALK_PMP };

/* One entry read, or (WALK_PMP) the check of the final address. */
struct walk_step {
    enum walk_stage stage;
    unsigned level;   /* 0: the tables whose leaves are 4 KiB pages */
    uint64_t address; /* of the entry; at the VS stage a guest physical one */
    uint64_t pte;     /* 0 if it could not be read */
    enum walk_verdict verdict;
};

/* Every VS-stage entry and the last address need a G-stage walk, and one more where A or D is set. */
#define WALK_STEPS_MAX 64

struct walk_trace {
    unsigned count;
    struct walk_step step[WALK_STEPS_MAX];
};

/* Translates va. False: h->trap holds the page fault, guest page fault (with the guest physical address, and tinst where an
 * implicit access made it) or (PMP, holes under the tables) access fault, with tval = va. Sets A and D by
 * compare-and-swap where hardware update is on. The final address's PMP and existence are the caller's matter. */
bool walk_translate(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                    struct translation *out);

/* The same walk for an onlooker: changes nothing, raises nothing, and writes down each step, PMP's last. True: the access would
 * be granted. */
bool walk_explain(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                  struct walk_trace *out);

/* "G level 1, entry 0x80210000 = 0x20084c01: table" */
#define WALK_STEP_TEXT_BYTES 128
void walk_step_text(const struct walk_step *step, char out[WALK_STEP_TEXT_BYTES]);

/* Whether satp, and hgatp, may hold this MODE: what the hart's extensions say. norm:shgatpa_satp_hgatp_mode_support */
bool walk_mode_supported(const struct hart *h, unsigned mode);

#endif
