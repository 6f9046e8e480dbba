/* SPDX-License-Identifier: MIT */
/* The usual TLB miss: a page of RAM that is mapped, was accessed before, and may be. */
#ifndef MICROVM_MMU_REFILL_H
#define MICROVM_MMU_REFILL_H

#include "mmu/walk.h"

struct tlb_bank;

/* Fills the bank's entry for the page of va if another one took its place, or if nothing stands in the way: every PTE in RAM, well-formed and granting the access
 * with A (and D) set, PMP open for all of RAM. False: nothing is changed, and walk_translate has to find out. */
bool mmu_refill(struct hart *h, struct tlb_bank *bank, uint64_t va, enum access_type type);

#endif
