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

/* norm:H_csrs_hs_not_vs: what the hypervisor extension brings. */
enum csr_access csr_gate_hypervisor(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_H) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:mstatus_fs_vs_xs_off_op, norm:H_illegalinst_xstatus_fs_vs: with the unit off an access to its state is illegal. */
enum csr_access csr_gate_fp(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_F) && csr_fp_on(h) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:mcounteren_clr_ill_inst_exc, norm:scounteren_op, norm:hcounteren_op; the counters' numbers follow the bits. */
static enum csr_access counter_enabled(const struct hart *h, unsigned number)
{
    uint64_t bit = BIT(number & 31);
    if (h->priv < PRIV_M && !(h->csr.mcounteren & bit))
        return CSR_ILLEGAL;
    if (h->virt && !(h->csr.hcounteren & bit))
        return CSR_VIRTUAL;
    if (h->priv == PRIV_U && hart_has(h, EXT_S) && !(h->csr.scounteren & bit))
        return h->virt ? CSR_VIRTUAL : CSR_ILLEGAL;
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

enum csr_access csr_gate_scountovf(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_sscofpmf) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:mstatus_tvm_warl_op, norm:hstatus_vtvm_op; norm:mstatus_modes: TVM does not concern guests. */
enum csr_access csr_gate_satp(const struct hart *h, unsigned number)
{
    if (h->priv == PRIV_S && h->virt && (h->csr.hstatus & HSTATUS_VTVM))
        return CSR_VIRTUAL;
    if (h->priv == PRIV_S && !h->virt && (h->csr.mstatus & MSTATUS_TVM))
        return CSR_ILLEGAL;
    return csr_gate_s_mode(h, number);
}

/* norm:hgatp_tvm_illegal */
enum csr_access csr_gate_hgatp(const struct hart *h, unsigned number)
{
    if (h->priv == PRIV_S && !h->virt && (h->csr.mstatus & MSTATUS_TVM))
        return CSR_ILLEGAL;
    return csr_gate_hypervisor(h, number);
}

/* norm:menvcfg_stce_op2, norm:mcounteren_tm_clr: of stimecmp and vstimecmp. */
static enum csr_access comparator_enabled(const struct hart *h)
{
    if (!hart_has(h, EXT_sstc))
        return CSR_ILLEGAL;
    if (h->priv == PRIV_M)
        return CSR_OK;
    return (h->csr.menvcfg & ENVCFG_STCE) && (h->csr.mcounteren & COUNTER_TM) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:henvcfg_stce, norm:hcounteren_acc */
enum csr_access csr_gate_stimecmp(const struct hart *h, unsigned number)
{
    (void)number;
    bool guest_may = (h->csr.henvcfg & ENVCFG_STCE) && (h->csr.hcounteren & COUNTER_TM);
    enum csr_access access = comparator_enabled(h);
    return access == CSR_OK && h->virt && !guest_may ? CSR_VIRTUAL : access;
}

enum csr_access csr_gate_vstimecmp(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_H) ? comparator_enabled(h) : CSR_ILLEGAL;
}

/* norm:stateen_illegal_state_access: `bit` of the registers number n controls access from below their level. */
static enum csr_access state_enabled(const struct hart *h, unsigned n, uint64_t bit)
{
    if (h->priv < PRIV_M && !(csr_mstateen(h, n) & bit))
        return CSR_ILLEGAL;
    return h->virt && !(csr_hstateen(h, n) & bit) ? CSR_VIRTUAL : CSR_OK;
}

/* norm:mstateen0_envcfg_op, norm:hstateen0_envcfg_op */
enum csr_access csr_gate_senvcfg(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_S) ? state_enabled(h, 0, STATEEN_ENVCFG) : CSR_ILLEGAL;
}

enum csr_access csr_gate_henvcfg(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_H) ? state_enabled(h, 0, STATEEN_ENVCFG) : CSR_ILLEGAL;
}

enum csr_access csr_gate_mstateen(const struct hart *h, unsigned number)
{
    (void)number;
    return hart_has(h, EXT_smstateen) ? CSR_OK : CSR_ILLEGAL;
}

/* norm:mstateen_bit_63_op, norm:hstateen_bit_63_op */
enum csr_access csr_gate_sstateen(const struct hart *h, unsigned number)
{
    bool exists = hart_has(h, EXT_smstateen) || hart_has(h, EXT_ssstateen);
    return exists ? state_enabled(h, number & 3, STATEEN_SE) : CSR_ILLEGAL;
}

enum csr_access csr_gate_hstateen(const struct hart *h, unsigned number)
{
    return hart_has(h, EXT_H) ? csr_gate_sstateen(h, number) : CSR_ILLEGAL;
}
