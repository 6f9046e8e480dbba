/* SPDX-License-Identifier: MIT */
/* What the rows of csr.def name: the functions behind them, and helpers that those share. Private to the
 * csr*.c files. */
#ifndef MICROVM_CPU_CSR_ROWS_H
#define MICROVM_CPU_CSR_ROWS_H

#include "cpu/csr.h"
#include "cpu/trap.h"

#define CSR_DECLARE_READ(name) uint64_t csr_read_##name(const struct hart *h);
#define CSR_DECLARE_WRITE(name) void csr_write_##name(struct hart *h, uint64_t value, bool *effect);
#define CSR_DECLARE_PLAIN(name)
#define CSR_DECLARE_WORD(name)
#define CSR_DECLARE_EPC(name)
/* The comparators or what enables them changed. */
void csr_timer_moved(struct hart *h);

#define CSR_DECLARE_HOOKED(name) void csr_changed_##name(struct hart *h, uint64_t old, bool *effect);
#define CSR_DECLARE_CUSTOM(name) CSR_DECLARE_WRITE(name)
#define CSR_DECLARE_COOKED(name) CSR_DECLARE_READ(name) CSR_DECLARE_WRITE(name)
#define CSR_DECLARE_VIEW(name) CSR_DECLARE_READ(name) CSR_DECLARE_WRITE(name)
#define CSR_DECLARE_READOUT(name) CSR_DECLARE_READ(name)
#define CSR_DECLARE_FIXED(name)
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) CSR_DECLARE_##kind(name)
#include "cpu/csr.def"
#undef CSR

/* Gates: may the present mode access the CSR of this number, its privilege apart? Where V = 1: CSR_ILLEGAL if HS-mode
 * might not either (TVM apart), CSR_VIRTUAL if what stands in the way concerns guests alone. */
enum csr_access csr_gate_always(const struct hart *h, unsigned number);
enum csr_access csr_gate_u_mode(const struct hart *h, unsigned number);
enum csr_access csr_gate_s_mode(const struct hart *h, unsigned number);
enum csr_access csr_gate_fp(const struct hart *h, unsigned number);
enum csr_access csr_gate_counter(const struct hart *h, unsigned number);
enum csr_access csr_gate_hpm(const struct hart *h, unsigned number);
enum csr_access csr_gate_satp(const struct hart *h, unsigned number);
enum csr_access csr_gate_stimecmp(const struct hart *h, unsigned number);
enum csr_access csr_gate_vstimecmp(const struct hart *h, unsigned number);
enum csr_access csr_gate_senvcfg(const struct hart *h, unsigned number);
enum csr_access csr_gate_henvcfg(const struct hart *h, unsigned number);
enum csr_access csr_gate_mstateen(const struct hart *h, unsigned number);
enum csr_access csr_gate_hstateen(const struct hart *h, unsigned number);
enum csr_access csr_gate_sstateen(const struct hart *h, unsigned number);
enum csr_access csr_gate_hypervisor(const struct hart *h, unsigned number);
enum csr_access csr_gate_hgatp(const struct hart *h, unsigned number);
enum csr_access csr_gate_scountovf(const struct hart *h, unsigned number);

/* What the row number would hold after a write of want over old: the row's writable bits and its fields. */
uint64_t csr_legalize(const struct hart *h, unsigned number, uint64_t old, uint64_t want);

/* Whether pmpcfg0 or 2 can hold the value. */
bool csr_pmpcfg_is_legal(uint64_t value);

/* Reset values that depend on the extensions. */
uint64_t csr_mstatus_at_reset(const struct hart *h);
uint64_t csr_menvcfg_at_reset(const struct hart *h);
uint64_t csr_henvcfg_at_reset(const struct hart *h);
uint64_t csr_hstatus_at_reset(const struct hart *h);
uint64_t csr_vsstatus_at_reset(const struct hart *h);

/* Whether a bit may let through an interrupt that waits. */
static inline bool csr_interrupts_wait(const struct hart *h)
{
    return (csr_mip(h) & h->csr.mie) != 0;
}

/* mstatus or vsstatus as read: SD follows FS (norm:mstatus_sd_op1, norm:vsstatus_sd_xs_op). */
static inline uint64_t csr_with_sd(uint64_t status)
{
    return field_get(status, MSTATUS_FS) == CONTEXT_DIRTY ? status | MSTATUS_SD : status;
}

/* The bits of mstatus that are fields of sstatus: constant. */
static inline uint64_t csr_sstatus_bits(void)
{
    const unsigned wanted = CSR_sstatus;
#define CSR_FIELD(csr, field, mask, kind, ext, tag, meaning) | (CSR_##csr == wanted ? (mask) : 0)
    return 0
#include "cpu/csr_field.def"
        ;
#undef CSR_FIELD
}

/* Writes to the bits of mie or of mip's software bits that a view shows. */
void csr_write_mie_bits(struct hart *h, uint64_t bits, uint64_t value, bool *effect);
void csr_write_mip_bits(struct hart *h, uint64_t bits, uint64_t value, bool *effect);

/* An mstateen or hstateen register by its number among four, as the modes below see it: all ones where there is none. */
uint64_t csr_mstateen(const struct hart *h, unsigned n);
uint64_t csr_hstateen(const struct hart *h, unsigned n);

/* The hart's own counts before the present instruction. */
static inline uint64_t csr_steps(const struct hart *h)
{
    return hart_steps(h);
}

static inline uint64_t csr_retired(const struct hart *h)
{
    return hart_steps(h) - h->traps;
}

/* Sets of causes, of those that the hart's extensions bring. */
uint64_t csr_delegable_exceptions(const struct hart *h); /* medeleg's bits */
uint64_t csr_guest_exceptions(const struct hart *h);     /* hedeleg's */
uint64_t csr_interrupt_bits(const struct hart *h);       /* mie's */
uint64_t csr_delegable_interrupts(const struct hart *h); /* those that mideleg can give or withhold */
uint64_t csr_guest_interrupts(const struct hart *h);     /* those of VS level: ones in mideleg */
uint64_t csr_guest_delegable(const struct hart *h);      /* hideleg's: these, and what shlcofideleg adds */

#endif
