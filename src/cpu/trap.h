/* SPDX-License-Identifier: MIT */
/* Traps: causes (cause.def), delegation, entry, interrupts, and the xRET instructions. */
#ifndef MICROVM_CPU_TRAP_H
#define MICROVM_CPU_TRAP_H

#include "cpu/hart.h"

/* Codes as in cause.def: CAUSE_illegal_instruction = 2, IRQ_supervisor_timer = 5, ... */
enum cause {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval) CAUSE_##id = code,
#define INTERRUPT(code, id, name, ext, delegation)
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
};

enum interrupt {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval)
#define INTERRUPT(code, id, name, ext, delegation) IRQ_##id = code,
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
};

#define CAUSE_INTERRUPT (UINT64_C(1) << 63)

/* Takes the exception in h->trap for the instruction at h->pc: privilege, xepc, xcause, xtval, xstatus, pc. Counts one
 * trap; h->left still counts the steps before it. */
void trap_enter(struct hart *h);

/* If an interrupt is pending and enabled in the present mode, takes the one of highest priority and returns true. */
bool trap_take_interrupt(struct hart *h);

/* True if WFI would not wait: some interrupt is pending in mip and enabled in mie, whatever the global enables say. */
bool trap_wakes(const struct hart *h);

/* The instructions; insn is their bits, for xtval. They set pc (EXEC_LEAP) or raise. */
enum exec trap_mret(struct hart *h, uint32_t insn);
enum exec trap_sret(struct hart *h, uint32_t insn);

/* The name of an mcause value ("load page fault", "supervisor timer interrupt"), or "reserved cause". */
const char *trap_cause_name(uint64_t mcause);

#endif
