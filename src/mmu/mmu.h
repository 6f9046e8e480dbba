/* SPDX-License-Identifier: MIT */
/* Virtual memory access by a hart: the slow path behind the TLB. */
#ifndef MICROVM_MMU_MMU_H
#define MICROVM_MMU_MMU_H

#include "mmu/context.h"

/* Loads and stores of 1, 2, 4 or 8 bytes at any alignment. False: h->trap is set and nothing was written.
 * A store that reached a device sets h->look. */
bool mmu_load(struct hart *h, uint64_t va, unsigned size, uint64_t *value);
bool mmu_store(struct hart *h, uint64_t va, unsigned size, uint64_t value);

/* The instruction at pc: 2 or 4 bytes. False: h->trap is set, tval the address of the half that failed. */
bool mmu_fetch(struct hart *h, uint64_t pc, uint32_t *insn);

/* The host address of the code at pc if it lies in RAM and can be fetched and cached; NULL otherwise, with no trap raised:
 * mmu_fetch then says what is the matter. */
uint8_t *mmu_code_at(struct hart *h, uint64_t pc);

/* The host address of an aligned operand for LR (ACCESS_LOAD) or for SC and AMO (ACCESS_STORE), and its physical address.
 * NULL: h->trap is set (misaligned, page fault, or access fault for all that is not RAM). */
uint8_t *mmu_atomic(struct hart *h, uint64_t va, unsigned size, enum access_type type, uint64_t *pa);

/* After the store through mmu_atomic's address. */
void mmu_atomic_stored(struct hart *h, uint64_t va, uint64_t pa, unsigned size);

#define CACHE_BLOCK_BYTES UINT64_C(64)

/* Zeros the block at an aligned va, if the right to store there is cached, or quickly found, and nobody looks on. False: nothing was done. */
bool mmu_zero_cached(struct hart *h, uint64_t block);

/* The physical address of va for a cache-block operation that needs the right to load or to store. False: h->trap is set. */
bool mmu_cache_block(struct hart *h, uint64_t va, enum access_type type, uint64_t *pa);

/* The access of HLV, HLVX (execute) or HSV: as the guest would make it at hstatus.SPVP's privilege. */
bool mmu_guest_load(struct hart *h, uint64_t gva, unsigned size, bool execute, uint64_t *value);
bool mmu_guest_store(struct hart *h, uint64_t gva, unsigned size, uint64_t value);

#endif
