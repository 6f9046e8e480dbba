/* SPDX-License-Identifier: MIT */
/* The S-mode views of M-mode's registers, satp and stimecmp. */
#include "cpu/csr_rows.h"
#include "mmu/mmu.h"
#include "mmu/walk.h"

/* The bits of mstatus that are fields of sstatus: constant. */
static uint64_t sstatus_bits(void)
{
    const unsigned wanted = CSR_sstatus;
#define CSR_FIELD(csr, field, mask, kind, ext, tag, meaning) | (CSR_##csr == wanted ? (mask) : 0)
    return 0
#include "cpu/csr_field.def"
        ;
#undef CSR_FIELD
}

uint64_t csr_read_sstatus(const struct hart *h)
{
    return csr_read_mstatus(h) & sstatus_bits();
}

void csr_write_sstatus(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t bits = sstatus_bits();
    csr_write_mstatus(h, (h->csr.mstatus & ~bits) | (value & bits), effect);
}

/* norm:trap_del_S_mode_op: only what is delegated is there for S-mode. */
uint64_t csr_read_sie(const struct hart *h)
{
    return h->csr.mie & h->csr.mideleg;
}

void csr_write_sie(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t old = h->csr.mie, bits = h->csr.mideleg;
    h->csr.mie = csr_legalize(h, CSR_mie, old, (old & ~bits) | (value & bits));
    csr_changed_mie(h, old, effect);
}

uint64_t csr_read_sip(const struct hart *h)
{
    return csr_mip(h) & h->csr.mideleg;
}

/* norm:sip_ssip_sie_ssie: SSIP is the one bit that S-mode may write. */
void csr_write_sip(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t bits = h->csr.mideleg & MIP_SSIP;
    csr_write_mip(h, (h->csr.mip & ~bits) | (value & bits), effect);
}

/* norm:satp_mode_op_unsupported: an unsupported MODE leaves the whole register as it was. Translations from the old
 * value may live until a fence; those of another value are in another bank, so no fence is due here. */
void csr_write_satp(struct hart *h, uint64_t value, bool *effect)
{
    if (value == h->csr.satp || !walk_mode_supported(h, (unsigned)field_get(value, SATP_MODE)))
        return;
    h->csr.satp = csr_legalize(h, CSR_satp, h->csr.satp, value);
    mmu_context_changed(h);
    *effect = true;
}

/* norm:mip_sip_stip_op */
void csr_update_timer(struct hart *h, uint64_t now)
{
    bool due = (h->csr.menvcfg & ENVCFG_STCE) && now >= h->csr.stimecmp;
    hart_set_line(h, MIP_STIP, due);
}

uint64_t csr_next_timer(const struct hart *h, uint64_t now)
{
    return (h->csr.menvcfg & ENVCFG_STCE) && h->csr.stimecmp > now ? h->csr.stimecmp : UINT64_MAX;
}

/* Whoever keeps the hart's deadlines must ask again, even where STIP stays. */
void csr_timer_moved(struct hart *h)
{
    csr_update_timer(h, hart_time(h));
    h->timer_moved = true;
    hart_halt(h);
}

void csr_changed_stimecmp(struct hart *h, uint64_t old, bool *effect)
{
    (void)old;
    if (!(h->csr.menvcfg & ENVCFG_STCE))
        return;
    csr_timer_moved(h);
    *effect = true;
}
