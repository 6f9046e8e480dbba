/* SPDX-License-Identifier: MIT */
/* mstatus, the interrupt registers and menvcfg, with what else changes when they do. */
#include "cpu/csr_rows.h"
#include "mmu/mmu.h"

uint64_t csr_mstatus_at_reset(const struct hart *h)
{
    /* norm:mstatus_mie_mprv_rst; the rest is ours to choose. norm:mstatus_xpp_rdonly0: MPP cannot name a
     * missing mode. */
    uint64_t value = field_set(0, MSTATUS_MPP, hart_has(h, EXT_U) ? PRIV_U : PRIV_M);
    if (hart_has(h, EXT_U))
        value = field_set(value, MSTATUS_UXL, XL_64);
    return hart_has(h, EXT_S) ? field_set(value, MSTATUS_SXL, XL_64) : value;
}

/* The manual leaves menvcfg open at reset. A and D are set by hardware unless Svade was asked for too, and Svpbmt
 * works: guests that know neither field must not be surprised. STCE is 0: nothing below M-mode owns a timer yet. */
uint64_t csr_menvcfg_at_reset(const struct hart *h)
{
    uint64_t value = hart_has(h, EXT_svpbmt) ? ENVCFG_PBMTE : 0;
    return hart_has(h, EXT_svadu) && !hart_has(h, EXT_svade) ? value | ENVCFG_ADUE : value;
}

uint64_t csr_read_mstatus(const struct hart *h)
{
    return csr_with_sd(h->csr.mstatus);
}

static bool translation_differs(uint64_t old, uint64_t now)
{
    uint64_t differing = old ^ now;
    if (differing & (MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR))
        return true;
    return (now & MSTATUS_MPRV) && (differing & (MSTATUS_MPP | MSTATUS_MPV));
}

void csr_write_mstatus(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.mstatus, now = csr_legalize(h, CSR_mstatus, old, value);
    h->csr.mstatus = now;
    if (translation_differs(old, now)) {
        mmu_context_changed(h);
        *effect = true;
    }
    if ((old ^ now) & MSTATUS_FS) {
        csr_fp_changed(h);
        *effect = true;
    }
    /* norm:intr_mip_mie_xret_csrwr: an interrupt that this lets through is taken at once. */
    if ((now & ~old & (MSTATUS_MIE | MSTATUS_SIE)) && csr_interrupts_wait(h))
        *effect = true;
}

void csr_status_changed(struct hart *h)
{
    csr_fp_changed(h);
    mmu_context_changed(h);
    h->look = true;
}

/* norm:mip_stip_stimecmp_acc: under STCE the comparator alone makes STIP, else software's bit does. VSTIP has both
 * (norm:hip_vstip_vstie_acc_op). */
uint64_t csr_mip(const struct hart *h)
{
    uint64_t software = h->csr.mip;
    if (h->csr.menvcfg & ENVCFG_STCE)
        software &= ~MIP_STIP;
    return software | h->irq_lines;
}

uint64_t csr_read_mip(const struct hart *h)
{
    return csr_mip(h);
}

void csr_write_mip(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.mip, now = csr_legalize(h, CSR_mip, old, value);
    if (h->csr.menvcfg & ENVCFG_STCE)
        now = (now & ~MIP_STIP) | (old & MIP_STIP);
    h->csr.mip = now;
    if (now & ~old & h->csr.mie)
        *effect = true;
}

void csr_write_mip_bits(struct hart *h, uint64_t bits, uint64_t value, bool *effect)
{
    csr_write_mip(h, (h->csr.mip & ~bits) | (value & bits), effect);
}

void csr_write_mie_bits(struct hart *h, uint64_t bits, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.mie;
    h->csr.mie = csr_legalize(h, CSR_mie, old, (old & ~bits) | (value & bits));
    csr_changed_mie(h, old, effect);
}

void csr_changed_mie(struct hart *h, uint64_t old, bool *effect)
{
    if (h->csr.mie & ~old & csr_mip(h))
        *effect = true;
}

void csr_changed_mideleg(struct hart *h, uint64_t old, bool *effect)
{
    (void)old;
    if (csr_interrupts_wait(h))
        *effect = true;
}

/* norm:menvcfg_adue_fence, norm:menvcfg_pbmte_fence: for those two fields software fences, so the TLB may stay. */
void csr_changed_menvcfg(struct hart *h, uint64_t old, bool *effect)
{
    if (!((h->csr.menvcfg ^ old) & ENVCFG_STCE))
        return;
    csr_timer_moved(h);
    *effect = true;
}
