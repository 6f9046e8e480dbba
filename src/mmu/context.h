/* SPDX-License-Identifier: MIT */
/* With whose eyes a hart accesses memory at present, and the fences that make it forget what it has seen. */
#ifndef MICROVM_MMU_CONTEXT_H
#define MICROVM_MMU_CONTEXT_H

#include "mmu/walk.h"

/* The context of loads and stores (MPRV included) and of fetches in the hart's present state. */
struct mmu_context mmu_data_context(const struct hart *h);
struct mmu_context mmu_code_context(const struct hart *h);

/* The context of a guest's access at privilege priv, whatever the hart's present mode: two stages, vsstatus's SUM and MXR. */
struct mmu_context mmu_guest_context(const struct hart *h, unsigned priv);

/* Selects the banks for the hart's present context: after any change of privilege, V, mstatus, vsstatus, satp, vsatp, hgatp. */
void mmu_context_changed(struct hart *h);

/* Operands of a fence: those that are not given concern everything. */
struct mmu_fence {
    bool has_address;
    bool has_id;
    uint64_t address; /* virtual; of HFENCE.GVMA guest physical */
    uint64_t id;      /* ASID; of HFENCE.GVMA VMID */
};

/* Drops all that makes translations fast: what the guest cannot notice. */
void mmu_flush_banks(struct hart *h);

/* Drops translations of this hart: everything; or by the rules of sfence.vma with V=0, whatever V is (has_va, has_asid say
 * which operands count). */
void mmu_flush_all(struct hart *h);
void mmu_sfence(struct hart *h, bool has_va, uint64_t va, bool has_asid, uint64_t asid);

/* HFENCE.VVMA, and sfence.vma with V=1, for the guest vmid; HFENCE.GVMA. */
void mmu_hfence_vvma(struct hart *h, uint64_t vmid, const struct mmu_fence *fence);
void mmu_hfence_gvma(struct hart *h, const struct mmu_fence *fence);

/* The VMID that hgatp holds. */
uint64_t mmu_vmid(const struct hart *h);

#endif
