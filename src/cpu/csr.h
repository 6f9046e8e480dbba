/* SPDX-License-Identifier: MIT */
/* Access to the CSRs by number: existence, privilege, gates, WARL. Rows in csr.def, fields in csr_field.def. */
#ifndef MICROVM_CPU_CSR_H
#define MICROVM_CPU_CSR_H

#include "cpu/csr_bits.h"
#include "cpu/hart.h"

/* Numbers as the specification spells them: CSR_mstatus = 0x300. */
enum csr_number {
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) CSR_##name = number,
#include "cpu/csr.def"
#undef CSR
    CSR_none = 0x1000 /* no CSR has this number */
};

enum csr_access { CSR_OK, CSR_ILLEGAL, CSR_VIRTUAL };

/* Whether the present mode may access number (and write it): what the accessors below ask first. */
enum csr_access csr_check(const struct hart *h, unsigned number, bool write);

/* Reads as an instruction in the hart's present mode would, S-to-VS substitution included. Changes nothing that the
 * guest could tell from not having read (a timer comparator that has come due is noticed). */
enum csr_access csr_read(struct hart *h, unsigned number, uint64_t *value);

/* What CSRRS and CSRRC modify, given what csr_read returned for rd: the same, but for mip, whose SEIP wire does not
 * count (norm:mip_seip_wrcsr). */
uint64_t csr_modify_base(const struct hart *h, unsigned number, uint64_t value);

/* Writes as an instruction would. *effect becomes true where execution must look again at privilege, translation,
 * interrupts, timers or FP (the caller returns EXEC_END); it is never set to false. Takes effect after the present
 * instruction: a counter written here gives the written value to the next one. */
enum csr_access csr_write(struct hart *h, unsigned number, uint64_t value, bool *effect);

/* Both without the question whether the mode may: for an instruction that has asked csr_check once. */
uint64_t csr_get(struct hart *h, unsigned number);
void csr_set(struct hart *h, unsigned number, uint64_t value, bool *effect);

/* The value of a row regardless of mode and gates, without side effects: debuggers, traces,
 * tests. False: no such row. */
bool csr_peek(const struct hart *h, unsigned number, uint64_t *value);

/* The write that goes with it: WARL rules and side effects as ever, but no mode, gate or read-only number in the
 * way. */
bool csr_poke(struct hart *h, unsigned number, uint64_t value, bool *effect);

/* mip as software sees it: stored bits, wires and comparators. Comparators are as of the last csr_update_timer. */
uint64_t csr_mip(const struct hart *h);

/* Whether what is stored can have come about by writes and traps: for CSRs that were loaded from outside. */
bool csr_state_is_legal(const struct hart *h);

/* Brings derived state (fp_ready, TLB contexts, look) up to date after mstatus, fcsr or the like changed. */
void csr_status_changed(struct hart *h);

/* fp_ready alone: after FS, V or frm changed. */
void csr_fp_changed(struct hart *h);

/* FP state was written: FS becomes dirty, where V = 1 in vsstatus too (norm:vsstatus_fs_op). */
void csr_fp_dirty(struct hart *h);

/* Whether FP instructions are legal as far as FS goes: norm:H_illegalinst_xstatus_fs_vs. */
static inline bool csr_fp_on(const struct hart *h)
{
    return (h->csr.mstatus & MSTATUS_FS) && (!h->virt || (h->csr.vsstatus & MSTATUS_FS));
}

/* The CSRs' reset values. */
void csr_reset(struct hart *h);

/* Sets the comparators' lines (STIP from stimecmp, VSTIP from vstimecmp) as of time `now`, and h->look if one changed. */
void csr_update_timer(struct hart *h, uint64_t now);

/* The comparators' interrupts that are pending at this time, MIP_STIP and MIP_VSTIP, whatever mip shows yet. */
uint64_t csr_due_timers(const struct hart *h, uint64_t now);

/* The earliest tick at which csr_update_timer would change a line; UINT64_MAX: never. */
uint64_t csr_next_timer(const struct hart *h, uint64_t now);

/* The rows and fields for `info csr`, references and tests: the n-th in table order, or NULL past the end. */
struct csr_info {
    const char *name;
    unsigned number;
    unsigned twin; /* or CSR_none */
    const char *tag;
    const char *meaning;
};

struct csr_field_info {
    unsigned number; /* of its CSR */
    const char *name;
    uint64_t mask;
    enum ext ext;
    const char *tag;
    const char *meaning;
};

const struct csr_info *csr_info(unsigned n);
const struct csr_field_info *csr_field_info(unsigned n);

/* The name of the row number, or NULL: no such row. */
const char *csr_name(unsigned number);

#endif
