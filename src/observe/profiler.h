/* SPDX-License-Identifier: MIT */
/* What a guest does, by looks at it every so many steps or by counts of every instruction, with its traps and SBI
 * calls. Owns what it has seen; the guest runs as it does unseen. The reports are made from it (profile_report.h,
 * coverage.h). */
#ifndef MICROVM_OBSERVE_PROFILER_H
#define MICROVM_OBSERVE_PROFILER_H

#include "cpu/decode.h"
#include "observe/call_tree.h"
#include "observe/pc_map.h"
#include "observe/symbols.h"

/* Steps between two looks, in the mean: the distance itself is random, the same in every run. The first looks are
 * close, so that short runs are seen as well; the distance doubles with every PROFILER_LOOKS of them. A look counts
 * for as many steps as its distance is. */
#define PROFILER_PERIOD_FIRST 1024
#define PROFILER_PERIOD_LAST 262144
#define PROFILER_LOOKS 128

/* A mode is its privilege, and 4 more with V. */
#define PROFILER_MODES 8
#define PROFILER_TRAPS 64
#define PROFILER_SBI_CALLS 64

struct sbi_count {
    uint64_t eid, fid;
    uint64_t count;
};

struct profile_data {
    bool counted; /* pcs are exact counts; else estimates by samples, as stacks are */
    uint64_t samples;
    struct pc_map pcs;
    struct call_tree stacks;            /* keys: the mode, then functions as unwind.h tells them */
    uint64_t mnemonics[INSN_COUNT + 1]; /* by enum insn_id, INSN_illegal included; as pcs */
    uint64_t modes[PROFILER_MODES];     /* instructions retired; exact */
    uint64_t exceptions[PROFILER_TRAPS + 1], interrupts[PROFILER_TRAPS + 1]; /* by code; the last: all higher ones */
    struct sbi_count sbi[PROFILER_SBI_CALLS];
    unsigned sbi_count;
    uint64_t sbi_others; /* calls that found no room there */
    bool out_of_memory;  /* something is missing */
};

struct profiler;

/* Begins at once. exact: every instruction is counted. stacks: they are sampled; without either only pcs are. NULL:
 * out of memory. */
struct profiler *profiler_create(struct machine *machine, struct symbols *symbols, bool exact, bool stacks);

/* Ends it and gives what was seen, pcs in order. May be called once. */
struct profile_data *profiler_finish(struct profiler *profiler);

/* Accepts NULL. Before the machine is destroyed. */
void profiler_destroy(struct profiler *profiler);

#endif
