/* SPDX-License-Identifier: MIT */
/* Walks in strict mode: by what the hart remembers of the tables rather than by the tables. */
#ifndef MICROVM_MMU_STRICT_WALK_H
#define MICROVM_MMU_STRICT_WALK_H

#include "mmu/walking.h"

/* At the beginning of a hart's walk for an access to va. */
void strict_begin(struct walk *w, uint64_t va);

/* The entry of a level that stands at pte->address now: as remembered, or as read, and remembered from then on. */
enum walk_verdict strict_visit(struct walk *w, const struct stage *s, const struct request *req, struct pte *pte);

/* At the end of a stage, for whoever listens: tells where the tables have another result by now. */
void strict_compare(struct walk *w, const struct stage *s, const struct request *req, const struct pte *pte,
                    enum walk_verdict verdict, const struct mapped *out);

#endif
