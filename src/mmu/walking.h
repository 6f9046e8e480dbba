/* SPDX-License-Identifier: MIT */
/* A walk in progress: shared by walk.c and the walks of strict mode. */
#ifndef MICROVM_MMU_WALKING_H
#define MICROVM_MMU_WALKING_H

#include "mmu/walk.h"

/* One stage of translation. */
struct stage {
    enum walk_stage name;
    unsigned levels;    /* 0: bare, the output is the input */
    unsigned root_bits; /* by which the root's index is wider than the other tables' */
    uint64_t root_ppn;
    bool sign_extends; /* the input is a virtual address: the bits above repeat the top one; else they are 0 */
    bool adue;         /* hardware sets A and D */
    bool pbmte;
    bool napot;
};

/* What an access asks of a stage. */
struct request {
    uint64_t input; /* virtual or guest physical address */
    enum access_type type;
    bool user;
    bool sum;
    bool mxr;
    bool exec_read;
};

/* One access on its way through the stages. */
struct walk {
    struct hart *h;
    const struct mmu_context *ctx;
    struct stage first;
    struct stage second;      /* only where ctx->virt */
    struct walk_trace *trace; /* NULL: nobody looks on, and the tables may be changed */
    bool remembers;           /* it goes by the entries that strict mode remembers, and has it remember what it reads */
    bool watches;             /* strict mode wants to know where the tables are */
    /* Of a guest page fault. */
    bool guest_fault;
    uint64_t gpa;
    uint64_t tinst;
    uint64_t va; /* of the access; where it remembers */
};

/* The entry last read, and where it is. */
struct pte {
    uint64_t value;
    uint64_t address;
    unsigned level;
    bool global; /* its G is set, or that of a pointer to it; where the walk remembers */
};

/* What a stage made of an address. */
struct mapped {
    uint64_t address;
    unsigned bits; /* log2 of the range that the leaf maps */
};

/* The entry at pte->address into pte->value. */
enum walk_verdict walk_read(struct walk *w, const struct stage *s, struct pte *pte);

/* What the entry means for the request; sets A and D where that is hardware's matter. */
enum walk_verdict walk_check(struct walk *w, const struct stage *s, const struct request *req, struct pte *pte);

/* One stage for one input. */
enum walk_verdict walk_stage(struct walk *w, const struct stage *s, const struct request *req, struct mapped *out);

/* Whether the walk goes on, or ends well. */
bool walk_goes_on(enum walk_verdict verdict);

#endif
