/* SPDX-License-Identifier: MIT */
#include "mmu/context.h"

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/strict_fence.h"
#include "mmu/tlb.h"

struct mmu_context mmu_guest_context(const struct hart *h, unsigned priv)
{
    /* norm:vsstatus_mxr_vm, norm:sstatus_mxr_vm */
    return (struct mmu_context){
        .satp = h->csr.vsatp,
        .hgatp = h->csr.hgatp,
        .priv = (uint8_t)priv,
        .virt = true,
        .sum = priv == PRIV_S && (h->csr.vsstatus & MSTATUS_SUM),
        .mxr = (h->csr.vsstatus | h->csr.mstatus) & MSTATUS_MXR,
        .mxr_both = h->csr.mstatus & MSTATUS_MXR,
    };
}

static struct mmu_context context_for(const struct hart *h, unsigned priv, bool virt)
{
    if (virt)
        return mmu_guest_context(h, priv);
    struct mmu_context ctx = {.priv = (uint8_t)priv};
    if (priv == PRIV_M)
        return ctx;
    ctx.satp = h->csr.satp;
    ctx.sum = priv == PRIV_S && (h->csr.mstatus & MSTATUS_SUM);
    ctx.mxr = h->csr.mstatus & MSTATUS_MXR;
    return ctx;
}

/* norm:mstatus_mprv_ldst_op: loads and stores see with MPP's eyes, and with MPV's below M mode. */
struct mmu_context mmu_data_context(const struct hart *h)
{
    uint64_t status = h->csr.mstatus;
    if (!(status & MSTATUS_MPRV))
        return mmu_code_context(h);
    unsigned priv = (unsigned)field_get(status, MSTATUS_MPP);
    return context_for(h, priv, priv != PRIV_M && (status & MSTATUS_MPV));
}

struct mmu_context mmu_code_context(const struct hart *h)
{
    return context_for(h, h->priv, h->virt);
}

void mmu_context_changed(struct hart *h)
{
    struct mmu_context code = mmu_code_context(h);
    h->code = h->data = tlb_bank_for(h->tlb, &code);
    h->link = NULL;
    if (!(h->csr.mstatus & MSTATUS_MPRV))
        return;
    struct mmu_context data = mmu_data_context(h);
    h->data = tlb_bank_for(h->tlb, &data);
}

void mmu_flush_banks(struct hart *h)
{
    for (unsigned i = 0; i < h->tlb->used; i++)
        tlb_empty(&h->tlb->banks[i]);
    tlb_forget_guest_tables(h->tlb);
    h->link = NULL;
}

void mmu_flush_all(struct hart *h)
{
    mmu_flush_banks(h);
    if (UNLIKELY(h->strict != NULL))
        strict_fence_all(h);
}

/* Entries of global pages are dropped as well: a fence may always drop more. */
static void drop_virtual(struct tlb_bank *bank, const struct mmu_fence *fence)
{
    if (fence->has_id && field_get(bank->context.satp, SATP_ASID) != (fence->id & field_get(SATP_ASID, SATP_ASID)))
        return;
    if (fence->has_address)
        tlb_drop_address(bank, fence->address);
    else
        tlb_empty(bank);
}

static bool is_guest(const struct tlb_bank *bank, uint64_t vmid)
{
    return bank->context.virt && field_get(bank->context.hgatp, HGATP_VMID) == vmid;
}

/* norm:sfence_vma_v0 */
void mmu_sfence(struct hart *h, bool has_va, uint64_t va, bool has_asid, uint64_t asid)
{
    struct mmu_fence fence = {has_va, has_asid, va, asid};
    for (unsigned i = 0; i < h->tlb->used; i++)
        if (!h->tlb->banks[i].context.virt)
            drop_virtual(&h->tlb->banks[i], &fence);
    h->link = NULL;
    if (UNLIKELY(h->strict != NULL))
        strict_sfence(h, &fence);
}

uint64_t mmu_vmid(const struct hart *h)
{
    return field_get(h->csr.hgatp, HGATP_VMID);
}

/* norm:hfence-vvma_mode, norm:hfence-vvma_limits, norm:sfence_vma_v1 */
void mmu_hfence_vvma(struct hart *h, uint64_t vmid, const struct mmu_fence *fence)
{
    for (unsigned i = 0; i < h->tlb->used; i++)
        if (is_guest(&h->tlb->banks[i], vmid))
            drop_virtual(&h->tlb->banks[i], fence);
    h->link = NULL;
    if (UNLIKELY(h->strict != NULL))
        strict_hfence_vvma(h, vmid, fence);
}

/* norm:hfence-gvma_op, norm:hfence-gvma_vmid */
void mmu_hfence_gvma(struct hart *h, const struct mmu_fence *fence)
{
    uint64_t vmid = fence->id & field_get(HGATP_VMID, HGATP_VMID);
    for (unsigned i = 0; i < h->tlb->used; i++) {
        struct tlb_bank *bank = &h->tlb->banks[i];
        if (!bank->context.virt || (fence->has_id && !is_guest(bank, vmid)))
            continue;
        if (fence->has_address)
            tlb_drop_guest(bank, fence->address);
        else
            tlb_empty(bank);
    }
    tlb_forget_guest_tables(h->tlb);
    h->link = NULL;
    if (UNLIKELY(h->strict != NULL))
        strict_hfence_gvma(h, fence);
}
