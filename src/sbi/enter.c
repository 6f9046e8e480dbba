/* SPDX-License-Identifier: MIT */
/* The state in which a hart comes to an S-mode kernel: what OpenSBI leaves in the M-mode registers,
 * as far as S mode can tell, and what SBI 3.0 says of the others. */
#include "base/bits.h"
#include "cpu/csr.h"
#include "mmu/mmu.h"
#include "mmu/pmp.h"
#include "sbi/impl.h"

/* The one register whose value at entry kernels rely on besides a0, a1: time may be read in U. */
#define SCOUNTEREN COUNTER_TM
#define PMP_ALL_NAPOT (PMPCFG_R | PMPCFG_W | PMPCFG_X | (PMP_NAPOT << 3))

/* The caller looks at the hart afresh, so effects need no mention. */
static void set(struct hart *h, unsigned number, uint64_t value)
{
    bool effect = false;
    csr_poke(h, number, value, &effect);
}

/* Fields of extensions that the hart has not stay 0. A and D are hardware's matter unless both
 * Svade and Svadu are announced: then software decides, and starts with faults. */
static uint64_t environment(const struct hart *h)
{
    uint64_t value = ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE | ENVCFG_PBMTE | ENVCFG_STCE;
    return hart_has(h, EXT_svade) ? value : value | ENVCFG_ADUE;
}

/* There is no M-mode code to reflect an exception back to S mode, so all that can be delegated is:
 * OpenSBI redirects the ones it keeps, unless it emulates something that this hart has anyway. */
static void set_delegation(struct hart *h)
{
    set(h, CSR_medeleg, ~UINT64_C(0));
    set(h, CSR_mideleg, ~UINT64_C(0));
}

/* norm:hstateen_sstateen_zero_initialization: S mode has all state, and decides what its guests have. */
static void set_state_enables(struct hart *h)
{
    if (!hart_has(h, EXT_smstateen))
        return;
    for (unsigned n = 0; n < 4; n++) {
        set(h, CSR_mstateen0 + n, ~UINT64_C(0));
        set(h, CSR_hstateen0 + n, 0);
    }
}

static void open_pmp(struct hart *h)
{
    set(h, CSR_pmpaddr0, ~UINT64_C(0));
    set(h, CSR_pmpcfg0, PMP_ALL_NAPOT);
    set(h, CSR_pmpcfg2, 0);
}

static void set_machine_registers(struct hart *h)
{
    set(h, CSR_mie, 0);
    set(h, CSR_mip, 0);
    set(h, CSR_mcounteren, ~UINT64_C(0));
    set(h, CSR_mcountinhibit, 0);
    set(h, CSR_menvcfg, environment(h));
    set(h, CSR_stimecmp, UINT64_MAX);
    set_delegation(h);
    set_state_enables(h);
    open_pmp(h);
}

static void set_supervisor_registers(struct hart *h, uint64_t pc)
{
    set(h, CSR_mstatus, field_set(0, MSTATUS_FS, CONTEXT_DIRTY));
    set(h, CSR_stvec, pc);
    set(h, CSR_sscratch, 0);
    set(h, CSR_scounteren, SCOUNTEREN);
    set(h, CSR_senvcfg, 0);
}

void sbi_jump(struct hart *h, uint64_t pc, uint64_t opaque)
{
    set(h, CSR_satp, 0);
    set(h, CSR_mstatus, h->csr.mstatus & ~(MSTATUS_SIE | MSTATUS_MPRV));
    for (unsigned i = 1; i < 32; i++)
        h->x[i] = 0;
    h->x[A0] = h->id;
    h->x[A1] = opaque;
    h->pc = pc;
    h->priv = PRIV_S;
    h->virt = false;
    h->reservation.valid = false;
    csr_status_changed(h);
}

void sbi_hand_over(struct sbi *sbi, struct hart *h, uint64_t pc, uint64_t opaque)
{
    sbi->timer[h - sbi->host.harts].due = UINT64_MAX;
    set_machine_registers(h);
    set_supervisor_registers(h, pc);
    sbi_jump(h, pc, opaque);
    mmu_flush_all(h);
    h->wait = HART_RUNS;
}

void sbi_enter(struct sbi *sbi, struct hart *h, uint64_t pc, uint64_t dtb)
{
    for (unsigned i = 0; i < sbi->host.hart_count; i++) {
        sbi->timer[i].due = UINT64_MAX;
        sbi->host.harts[i].wait = HART_STOPPED;
    }
    sbi_hand_over(sbi, h, pc, dtb);
}

bool sbi_can_start_at(const struct sbi *sbi, const struct hart *h, uint64_t pc)
{
    uint64_t ialign = hart_has(h, EXT_C) ? 2 : 4;
    return is_aligned(pc, ialign) && guest_mem_contains(&sbi->host.mem, pc, ialign);
}
