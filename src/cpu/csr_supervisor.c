/* SPDX-License-Identifier: MIT */
/* The S-mode views of M-mode's registers, satp and stimecmp. */
#include "cpu/csr_rows.h"
#include "mmu/mmu.h"
#include "mmu/walk.h"

uint64_t csr_read_sstatus(const struct hart *h)
{
    return csr_read_mstatus(h) & csr_sstatus_bits();
}

void csr_write_sstatus(struct hart *h, uint64_t value, bool *effect)
{
    uint64_t bits = csr_sstatus_bits();
    csr_write_mstatus(h, (h->csr.mstatus & ~bits) | (value & bits), effect);
}

/* norm:trap_del_S_mode_op: only what is delegated is there for S-mode; norm:sie_hip_hie_mutex: the guest's is in hie. */
static uint64_t visible(const struct hart *h)
{
    return h->csr.mideleg & ~csr_guest_interrupts(h);
}

uint64_t csr_read_sie(const struct hart *h)
{
    return h->csr.mie & visible(h);
}

void csr_write_sie(struct hart *h, uint64_t value, bool *effect)
{
    csr_write_mie_bits(h, visible(h), value, effect);
}

uint64_t csr_read_sip(const struct hart *h)
{
    return csr_mip(h) & visible(h);
}

/* norm:sip_ssip_sie_ssie, norm:LCOFIP_op: the bits that S-mode may write. */
void csr_write_sip(struct hart *h, uint64_t value, bool *effect)
{
    csr_write_mip_bits(h, h->csr.mideleg & (MIP_SSIP | MIP_LCOFIP), value, effect);
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

static bool comparator_on(const struct hart *h)
{
    return h->csr.menvcfg & ENVCFG_STCE;
}

static bool guest_comparator_on(const struct hart *h)
{
    return hart_has(h, EXT_H) && (h->csr.menvcfg & h->csr.henvcfg & ENVCFG_STCE);
}

/* norm:mip_sip_stip_op, norm:hip_vstip_op */
uint64_t csr_due_timers(const struct hart *h, uint64_t now)
{
    uint64_t due = comparator_on(h) && now >= h->csr.stimecmp ? MIP_STIP : 0;
    return guest_comparator_on(h) && now + h->csr.htimedelta >= h->csr.vstimecmp ? due | MIP_VSTIP : due;
}

void csr_update_timer(struct hart *h, uint64_t now)
{
    uint64_t due = csr_due_timers(h, now);
    hart_set_line(h, MIP_STIP, due & MIP_STIP);
    hart_set_line(h, MIP_VSTIP, due & MIP_VSTIP);
}

/* Guest time wraps wherever htimedelta puts it: then VSTIP falls, if it stood. */
static uint64_t next_guest_timer(const struct hart *h, uint64_t now)
{
    uint64_t guest_now = now + h->csr.htimedelta;
    uint64_t target = guest_now < h->csr.vstimecmp ? h->csr.vstimecmp : 0;
    uint64_t wait = target - guest_now;
    return wait <= UINT64_MAX - now ? now + wait : UINT64_MAX;
}

uint64_t csr_next_timer(const struct hart *h, uint64_t now)
{
    uint64_t next = comparator_on(h) && h->csr.stimecmp > now ? h->csr.stimecmp : UINT64_MAX;
    if (!guest_comparator_on(h) || h->csr.vstimecmp == 0)
        return next;
    uint64_t guest = next_guest_timer(h, now);
    return guest < next ? guest : next;
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
