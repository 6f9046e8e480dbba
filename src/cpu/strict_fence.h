/* SPDX-License-Identifier: MIT */
/* What the rest of the hart tells strict mode, and asks it. All of these want h->strict not to be NULL. */
#ifndef MICROVM_CPU_STRICT_FENCE_H
#define MICROVM_CPU_STRICT_FENCE_H

#include "mmu/context.h"

struct op;

/* The hart's fences, which have been applied to its banks; and all of them at once. */
void strict_sfence(struct hart *h, const struct mmu_fence *fence);
void strict_hfence_vvma(struct hart *h, uint64_t vmid, const struct mmu_fence *fence);
void strict_hfence_gvma(struct hart *h, const struct mmu_fence *fence);
void strict_fence_all(struct hart *h);
void strict_fence_i(struct hart *h);

/* Stores in the hart's buffer arrive: at a fence whose predecessors are stores (op is its instruction), and at any LR, SC, AMO or
 * cbo.zero. */
void strict_fence(struct hart *h, const struct op *op);
void strict_drain(struct hart *h);

/* Whether stores of the hart go through a buffer; and one that does, before it is made. */
bool strict_buffers(const struct hart *h);
void strict_buffer(struct hart *h, uint64_t pa, const void *bytes, unsigned size);

/* PMP's CSRs have changed. True: the hart goes by the old ones until its next fence. */
bool strict_delays_pmp(struct hart *h);

/* Whether the hart sees the code at pa as RAM has it, and will until its next fence.i: blocks may be made from it. */
bool strict_fetches_from_ram(struct hart *h, uint64_t pa);

/* The halfword at pa as the hart sees it. */
uint16_t strict_fetch(struct hart *h, uint64_t pa);

/* A store of the hart to a page that strict mode wants to hear of. */
void strict_stored(struct hart *h, uint64_t pa, unsigned size);

/* The hart's walker has read a table at this place in RAM. */
void strict_watch_table(struct hart *h, const void *place);

#endif
