/* SPDX-License-Identifier: MIT */
/* Address translation by the page tables in guest memory: one stage now, laid out for two. */
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
    uint64_t pa;        /* of the very byte */
    uint64_t gpa;       /* guest physical address where two stages are at work, else = pa */
    unsigned page_bits; /* log2 of the naturally aligned range of va for which the same translation holds, 12 to 64 */
};

/* Translates va. False: h->trap holds the page fault, guest page fault or (PMP, holes under the tables) access fault,
 * with tval = va. Sets A and D by compare-and-swap where hardware update is on. The final address's PMP and existence
 * are the caller's matter. */
bool walk_translate(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                    struct translation *out);

/* Whether satp may hold this MODE: what the hart's extensions say. */
bool walk_mode_supported(const struct hart *h, unsigned mode);

#endif
