/* SPDX-License-Identifier: MIT */
/* fflags, frm and fcsr, kept in the hart beside the registers. The engine has merged the host's flags before any of
 * this runs. */
#include "cpu/csr_rows.h"
#include "cpu/fp/hostfp.h"

/* norm:vsstatus_fs_op: where V = 1 both fields count. */
static bool fp_is_dirty(const struct hart *h)
{
    uint64_t fs = h->virt ? h->csr.mstatus & h->csr.vsstatus : h->csr.mstatus;
    return field_get(fs, MSTATUS_FS) == CONTEXT_DIRTY;
}

void csr_fp_changed(struct hart *h)
{
    h->fp_ready = fp_is_dirty(h) && hostfp_serves(h->frm);
}

void csr_fp_dirty(struct hart *h)
{
    if (fp_is_dirty(h))
        return;
    h->csr.mstatus = field_set(h->csr.mstatus, MSTATUS_FS, CONTEXT_DIRTY);
    if (h->virt)
        h->csr.vsstatus = field_set(h->csr.vsstatus, MSTATUS_FS, CONTEXT_DIRTY);
    csr_fp_changed(h);
}

/* norm:mstatus_fs_vs_xs_dirty_op: any write makes the state dirty. The engine looks again where fast handlers would now
 * behave differently. */
static void written(struct hart *h, uint8_t old_frm, bool *effect)
{
    bool was_ready = h->fp_ready;
    csr_fp_dirty(h);
    csr_fp_changed(h);
    if (h->fp_ready != was_ready || h->frm != old_frm)
        *effect = true;
}

static void set(struct hart *h, uint64_t fflags, uint64_t frm, bool *effect)
{
    uint8_t old_frm = h->frm;
    h->fflags = (uint32_t)fflags;
    h->frm = (uint8_t)frm;
    written(h, old_frm, effect);
}

uint64_t csr_read_fflags(const struct hart *h)
{
    return h->fflags;
}

uint64_t csr_read_frm(const struct hart *h)
{
    return h->frm;
}

uint64_t csr_read_fcsr(const struct hart *h)
{
    return field_set(h->fflags, FCSR_FRM, h->frm);
}

void csr_write_fflags(struct hart *h, uint64_t value, bool *effect)
{
    set(h, field_get(value, FCSR_FFLAGS), h->frm, effect);
}

void csr_write_frm(struct hart *h, uint64_t value, bool *effect)
{
    set(h, h->fflags, value & 7, effect);
}

/* norm:fcsr_rsv: the bits above frm are ignored. */
void csr_write_fcsr(struct hart *h, uint64_t value, bool *effect)
{
    set(h, field_get(value, FCSR_FFLAGS), field_get(value, FCSR_FRM), effect);
}
