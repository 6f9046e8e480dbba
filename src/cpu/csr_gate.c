/* SPDX-License-Identifier: MIT */
/* The gates of csr.def: what besides its number decides whether the present mode may access a CSR. */
#include "cpu/csr_rows.h"

enum csr_access csr_gate_always(const struct hart *h, unsigned number)
{
    (void)h, (void)number;
    return CSR_OK;
}

/* norm:mcounteren_presence, norm:menvcfg_menvcfgh_no_U_mode */
enum csr_access csr_gate_u_mode(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_U) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:medeleg_mideleg_omit_wo_S_mode, and the S-mode CSRs themselves. */
enum csr_access csr_gate_s_mode(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_S) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:mstatus_fs_vs_xs_off_op: with the unit off an access to its state is illegal. */
enum csr_access csr_gate_fp(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_F) && (h->csr.mstatus & MSTATUS_FS) != 0 ? CSR_OK : CSR_ILLEGAL;
}

/* norm:mcounteren_clr_ill_inst_exc, norm:scounteren_op; the counters' numbers follow the bits. */
static enum csr_access counter_enabled(const struct hart *h, unsigned number)
{
    uint64_t bit = BIT(number & 31);
    if (h->priv < PRIV_M && !(h->csr.mcounteren & bit))
        return CSR_ILLEGAL;
    if (h->priv == PRIV_U && hart_has(h, EXT_S) && !(h->csr.scounteren & bit))
        return CSR_ILLEGAL;
    return CSR_OK;
}

enum csr_access csr_gate_counter(const struct hart *h, unsigned number)
{
    return hart_has(h, EXT_zicntr) ? counter_enabled(h, number) : CSR_ILLEGAL;
}

enum csr_access csr_gate_hpm(const struct hart *h, unsigned number)
{
    return hart_has(h, EXT_zihpm) ? counter_enabled(h, number) : CSR_ILLEGAL;
}

/* norm:mstatus_tvm_warl_op */
enum csr_access csr_gate_satp(const struct hart *h, unsigned number)
{
    if (h->priv == PRIV_S && (h->csr.mstatus & MSTATUS_TVM))
        return CSR_ILLEGAL;
    return csr_gate_s_mode(h, number);
}

/* norm:menvcfg_stce_op2, norm:mcounteren_tm_clr */
enum csr_access csr_gate_stimecmp(const struct hart *h, unsigned number)
{
    (void)number;
    if (!hart_has(h, EXT_sstc))
        return CSR_ILLEGAL;
    if (h->priv == PRIV_M)
        return CSR_OK;
    return (h->csr.menvcfg & ENVCFG_STCE) && (h->csr.mcounteren & COUNTER_TM) ? CSR_OK : CSR_ILLEGAL;
}
