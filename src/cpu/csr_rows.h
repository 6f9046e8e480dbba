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

/* Gates: may the present mode access the CSR of this number, its privilege apart? */
enum csr_access csr_gate_always(const struct hart *h, unsigned number);
enum csr_access csr_gate_u_mode(const struct hart *h, unsigned number);
enum csr_access csr_gate_s_mode(const struct hart *h, unsigned number);
enum csr_access csr_gate_fp(const struct hart *h, unsigned number);
enum csr_access csr_gate_counter(const struct hart *h, unsigned number);
enum csr_access csr_gate_hpm(const struct hart *h, unsigned number);
enum csr_access csr_gate_satp(const struct hart *h, unsigned number);
enum csr_access csr_gate_stimecmp(const struct hart *h, unsigned number);

/* What the row number would hold after a write of want over old: the row's writable bits and its fields. */
uint64_t csr_legalize(const struct hart *h, unsigned number, uint64_t old, uint64_t want);

/* Reset values that depend on the extensions. */
uint64_t csr_mstatus_at_reset(const struct hart *h);
uint64_t csr_menvcfg_at_reset(const struct hart *h);

/* The hart's own counts before the present instruction. */
static inline uint64_t csr_steps(const struct hart *h)
{
    return hart_steps(h);
}

static inline uint64_t csr_retired(const struct hart *h)
{
    return hart_steps(h) - h->traps;
}

/* norm:medeleg_when_rd0, norm:mideleg_no_rd1: what cause.def calls delegable. */
static inline uint64_t csr_delegable_exceptions(void)
{
#define CAUSE(code, id, name, delegable, tval) | (UINT64_C(delegable) << (code))
#define INTERRUPT(code, id, name, delegable)
    return 0
#include "cpu/cause.def"
        ;
#undef CAUSE
#undef INTERRUPT
}

static inline uint64_t csr_delegable_interrupts(void)
{
#define CAUSE(code, id, name, delegable, tval)
#define INTERRUPT(code, id, name, delegable) | (UINT64_C(delegable) << (code))
    return 0
#include "cpu/cause.def"
        ;
#undef CAUSE
#undef INTERRUPT
}

static inline uint64_t csr_interrupt_bits(void)
{
#define CAUSE(code, id, name, delegable, tval)
#define INTERRUPT(code, id, name, delegable) | BIT(code)
    return 0
#include "cpu/cause.def"
        ;
#undef CAUSE
#undef INTERRUPT
}

#endif
