/* SPDX-License-Identifier: MIT */
/* The hypervisor's registers and VS-mode's that do more than hold a value: views of mie and mip, translation, time. */
#include "cpu/csr_rows.h"
#include "mmu/mmu.h"
#include "mmu/walk.h"

#define GUEST_INTERRUPTS (MIP_VSSIP | MIP_VSTIP | MIP_VSEIP)
#define GUEST_TO_VS 1 /* norm:hideleg_trans */

uint64_t csr_hstatus_at_reset(const struct hart *h)
{
    return hart_has(h, EXT_H) ? field_set(0, HSTATUS_VSXL, XL_64) : 0;
}

uint64_t csr_vsstatus_at_reset(const struct hart *h)
{
    return hart_has(h, EXT_H) ? field_set(0, MSTATUS_UXL, XL_64) : 0;
}

/* As menvcfg: the guest of a hypervisor that knows neither ADUE nor PBMTE must not be surprised. */
uint64_t csr_henvcfg_at_reset(const struct hart *h)
{
    return hart_has(h, EXT_H) ? csr_menvcfg_at_reset(h) : 0;
}

/* norm:menvcfg_pbmte_henvcfg_pbmte_rdonly0, norm:menvcfg_adue_henvcfg_adue_rdonly0, norm:menvcfg_stce_op2 */
static uint64_t henvcfg_bits(const struct hart *h)
{
    const uint64_t follows = ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE;
    return ~follows | h->csr.menvcfg;
}

uint64_t csr_read_henvcfg(const struct hart *h)
{
    return h->csr.henvcfg & henvcfg_bits(h);
}

/* For ADUE and PBMTE software fences: norm:menvcfg_adue_fence. */
void csr_write_henvcfg(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.henvcfg;
    h->csr.henvcfg = csr_legalize(h, CSR_henvcfg, old, value) & henvcfg_bits(h);
    if (!((h->csr.henvcfg ^ old) & ENVCFG_STCE))
        return;
    csr_timer_moved(h);
    *effect = true;
}

/* norm:mideleg_hroz */
uint64_t csr_read_hideleg(const struct hart *h)
{
    return h->csr.hideleg & h->csr.mideleg;
}

void csr_write_hideleg(struct hart *h, uint64_t value, bool *effect)
{
    h->csr.hideleg = csr_legalize(h, CSR_hideleg, csr_read_hideleg(h), value) & h->csr.mideleg;
    if (csr_interrupts_wait(h))
        *effect = true;
}

uint64_t csr_read_hie(const struct hart *h)
{
    return h->csr.mie & GUEST_INTERRUPTS;
}

void csr_write_hie(struct hart *h, uint64_t value, bool *effect)
{
    csr_write_mie_bits(h, GUEST_INTERRUPTS, value, effect);
}

uint64_t csr_read_hip(const struct hart *h)
{
    return csr_mip(h) & GUEST_INTERRUPTS;
}

/* norm:hip_vssip_vssie_op: the one bit of hip that can be written. */
void csr_write_hip(struct hart *h, uint64_t value, bool *effect)
{
    csr_write_mip_bits(h, MIP_VSSIP, value, effect);
}

/* norm:hvip_acc: mip's software bits, without the comparator. */
uint64_t csr_read_hvip(const struct hart *h)
{
    return h->csr.mip & GUEST_INTERRUPTS;
}

void csr_write_hvip(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.mip;
    h->csr.mip = (old & ~GUEST_INTERRUPTS) | (value & GUEST_INTERRUPTS);
    if (h->csr.mip & ~old & h->csr.mie)
        *effect = true;
}

/* norm:vsip_vsie_sei, norm:vsip_vsie_sti, norm:vsip_vsie_ssi, norm:vsip_vsie_lcofi: of what hideleg gives, VS-mode sees the
 * VS-level interrupts one place below theirs, and the counters' at its own. */
static uint64_t as_seen_by_guest(const struct hart *h, uint64_t bits)
{
    bits &= csr_read_hideleg(h);
    return (bits & GUEST_INTERRUPTS) >> GUEST_TO_VS | (bits & MIP_LCOFIP);
}

static uint64_t as_written_by_guest(uint64_t value)
{
    return (value << GUEST_TO_VS & GUEST_INTERRUPTS) | (value & MIP_LCOFIP);
}

uint64_t csr_read_vsie(const struct hart *h)
{
    return as_seen_by_guest(h, h->csr.mie);
}

void csr_write_vsie(struct hart *h, uint64_t value, bool *effect)
{
    csr_write_mie_bits(h, csr_read_hideleg(h), as_written_by_guest(value), effect);
}

uint64_t csr_read_vsip(const struct hart *h)
{
    return as_seen_by_guest(h, csr_mip(h));
}

void csr_write_vsip(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t writable = csr_read_hideleg(h) & (MIP_VSSIP | MIP_LCOFIP);
    csr_write_mip_bits(h, writable, as_written_by_guest(value), effect);
}

uint64_t csr_read_vsstatus(const struct hart *h)
{
    return csr_with_sd(h->csr.vsstatus);
}

/* norm:vsstatus_v0: where V = 0 it still decides what HLV, HSV and MPRV see. */
void csr_write_vsstatus(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.vsstatus, now = csr_legalize(h, CSR_vsstatus, old, value);
    h->csr.vsstatus = now;
    if ((old ^ now) & (MSTATUS_SUM | MSTATUS_MXR)) {
        mmu_context_changed(h);
        *effect = true;
    }
    if ((old ^ now) & MSTATUS_FS) {
        csr_fp_changed(h);
        *effect = true;
    }
    if ((now & ~old & MSTATUS_SIE) && csr_interrupts_wait(h))
        *effect = true;
}

/* norm:vsatp_mode_unsupported_v0, norm:vsatp_mode_unsupported_v1: an unsupported MODE leaves the whole register. */
void csr_write_vsatp(struct hart *h, uint64_t value, bool *effect)
{
    if (value == h->csr.vsatp || !walk_mode_supported(h, (unsigned)field_get(value, SATP_MODE)))
        return;
    h->csr.vsatp = csr_legalize(h, CSR_vsatp, h->csr.vsatp, value);
    mmu_context_changed(h);
    *effect = true;
}

/* norm:hgatp_op_hfence_gvma: no fence is implied; the old value's translations are in banks of their own. */
void csr_write_hgatp(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.hgatp;
    h->csr.hgatp = csr_legalize(h, CSR_hgatp, old, value);
    if (h->csr.hgatp == old)
        return;
    mmu_context_changed(h);
    *effect = true;
}

static void guest_timer_moved(struct hart *h, bool *effect)
{
    if (!(csr_read_henvcfg(h) & ENVCFG_STCE))
        return;
    csr_timer_moved(h);
    *effect = true;
}

void csr_changed_htimedelta(struct hart *h, uint64_t old, bool *effect)
{
    (void)old;
    guest_timer_moved(h, effect);
}

void csr_changed_vstimecmp(struct hart *h, uint64_t old, bool *effect)
{
    (void)old;
    guest_timer_moved(h, effect);
}
