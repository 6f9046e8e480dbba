/* SPDX-License-Identifier: MIT */
/* One hart: its architectural state and what the engine keeps beside it. The layout is open because the engine's
 * handlers index it; outside cpu/ and mmu/ only tests, the SBI and the debug interfaces look inside. */
#ifndef MICROVM_CPU_HART_H
#define MICROVM_CPU_HART_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/csr_state.h"
#include "cpu/env.h"
#include "cpu/ext.h"

struct block;
struct code_cache;
struct debug_points;
struct decoder;
struct observer;
struct profile;
struct ram;
struct strict;
struct tlb;
struct tlb_bank;

enum priv { PRIV_U = 0, PRIV_S = 1, PRIV_M = 3 };

/* What an instruction's function says of itself. */
enum exec {
    EXEC_NEXT, /* done: the next instruction follows */
    EXEC_JUMP, /* done: pc has been set */
    EXEC_END, /* done: the next follows, but look first: privilege, translation, interrupts or requests may have changed */
    EXEC_LEAP, /* done: pc has been set, and look first (xRET) */
    EXEC_TRAP, /* not done: hart.trap says why */
};

/* Why a hart does not run. A running hart has none. */
enum hart_wait { HART_RUNS, HART_WFI, HART_STOPPED, HART_SUSPENDED };

/* The synchronous exception that an instruction has just met; trap_enter turns it into CSR state. */
struct trap {
    uint64_t cause;
    uint64_t tval;
    uint64_t tval2; /* guest physical address >> 2, or 0 */
    uint64_t tinst;
    bool gva; /* tval is a guest virtual address */
};

/* A trap as it was taken, for explanations. */
struct trap_record {
    uint64_t pc;
    uint64_t cause;
    uint64_t tval;
    uint64_t ra, sp;
    uint64_t satp;
    uint8_t priv;       /* where it came from */
    bool virt;          /* and its V */
    uint64_t interrupt; /* the cause of the interrupt or ecall whose handler this trap kept from starting; 0: none */
    uint64_t interrupted_pc; /* by that interrupt, or of the ecall */
};

#define TRAP_WATCH_STATES 4

/* Exceptions other than ecalls, watched for coming back with nothing changed. */
struct trap_watch {
    uint64_t seen[TRAP_WATCH_STATES]; /* digests of (cause, pc, tval, x) at the latest different ones */
    unsigned next;                    /* the oldest of them */
    uint64_t repeats;                 /* how often in a row one of them came back */
    uint64_t retired;                 /* instructions before the latest */
    bool inside;                      /* no xRET since the latest */
    bool root_again;                  /* the root's very trap came again before its handler had returned */
    struct trap_record root;          /* the first of those whose handlers trapped before they returned */
    struct trap_record last;
};

/* A trap, of whatever cause, that comes again as soon as its handler returns, so that what it interrupts never gets on. */
struct trap_again {
    int64_t left;      /* steps left in the run behind the latest xRET: a trap there may be one to watch */
    uint64_t count;    /* so often in a row; 0: none is watched */
    uint64_t returned; /* instructions retired up to the latest xRET and with it, while one is watched */
    uint64_t pc, cause, satp;
    unsigned depth;  /* traps that have not returned: the watched one, and those in its handler; 0: it has returned */
    unsigned nested; /* traps in its handler since it came last */
    uint8_t priv;
    bool virt;
};

/* LR's reservation: an aligned range of physical memory. Broken by traps, xRET, SC, and whenever another hart has run. */
struct reservation {
    bool valid;
    uint64_t pa; /* of the granule */
};

/* What a hart met that ends its run for a debugger (cpu/debug.h). */
struct debug_hit {
    uint8_t kind;     /* enum debug_kind; DEBUG_NOTHING: nothing */
    uint64_t address; /* of the breakpoint, or of the watched byte */
};

/* The PMP entries that match something, in order of priority. */
struct pmp_region {
    uint64_t first, last; /* bytes, both included */
    uint8_t cfg;          /* the entry's byte of pmpcfg */
};

struct pmp_table {
    unsigned count;
    bool ram_open; /* S and U may do everything anywhere in RAM, by one entry (and M-mode too) */
    bool all_off;  /* no entry is switched on, not even one that matches nothing */
    struct pmp_region region[16];
};

#define RESERVATION_BYTES UINT64_C(64)
#define X_SINK 32 /* writes to x0 go here */

struct hart {
    /* The engine's: keep first. */
    uint64_t x[33];
    uint64_t f[32];
    uint64_t pc;
    int64_t left;              /* steps left in this run, exact whenever C code outside the handlers runs */
    bool fp_ready;             /* FS is dirty and frm is one that the fast FP handlers serve */
    uint8_t priv;              /* enum priv */
    bool virt;                 /* V */
    bool halt;                 /* leave the run at the next look */
    bool yield;                /* the rest of the turn is for others */
    bool timer_moved;          /* a comparator among the CSRs was written: whoever keeps deadlines must ask again */
    bool look;                 /* interrupts or requests changed: leave the handlers and look */
    struct tlb_bank *data;     /* translations for loads and stores in the present context */
    struct tlb_bank *code;     /* and for fetches; the same bank unless MPRV is at work */
    const struct block **link; /* where the block just left wants its successor's address, or NULL */
    uint64_t link_page; /* and the number of its physical page: its successor is linked only if it lies there too */

    /* Architectural. */
    uint64_t id; /* mhartid */
    struct csr_state csr;
    uint32_t fflags; /* accrued; the host's own flags are merged in by fp_sync */
    uint8_t frm;
    struct reservation reservation;
    enum hart_wait wait;
    uint64_t irq_lines; /* mip bits driven by wires: MSIP MTIP MEIP SEIP, and STIP VSTIP by the comparators */
    uint64_t steps;     /* made by this hart before the present run; the run's own are in run_steps - left */
    int64_t run_steps;  /* of the present run */
    uint64_t traps;     /* taken: steps that retired nothing */
    struct trap trap;
    struct trap_watch watch;
    struct trap_again again;
    struct pmp_table pmp; /* decoded from csr.pmpcfg and csr.pmpaddr */
    uint64_t reset_pc;

    /* Around it. */
    struct ext_set ext;
    struct cpu_env env;
    struct ram *ram;
    struct tlb *tlb;
    struct code_cache *cache; /* of translated blocks; shared by the machine's harts */
    const struct decoder *decoder;
    struct profile *profile;           /* for engine_profile, the machine's */
    const struct debug_points *points; /* NULL: none is set */
    struct debug_hit hit;
    uint64_t pass_step;              /* a hart that has made so many steps passes the breakpoint that it stands at */
    const struct observer *observer; /* the first; NULL: nobody looks */
    struct strict *strict;           /* NULL: the hart is no stricter than it must be (cpu/strict.h) */
    bool accesses_told;              /* loads and stores concern a watchpoint or an observer: the slow path must look */
    bool walks_told; /* an observer wants to hear of each walk, or strict mode decides it: none may be abbreviated */
    bool pmp_open;   /* no PMP entry is set and --pmp-reset open was given: S and U may access all */
};

static inline bool hart_has(const struct hart *h, enum ext id)
{
    return h->ext.has[id];
}

/* Steps this hart has made, the present run's included. */
static inline uint64_t hart_steps(const struct hart *h)
{
    return h->steps + (uint64_t)(h->run_steps - h->left);
}

static inline uint64_t hart_time(const struct hart *h)
{
    return h->env.time(h->env.owner, h);
}

/* Records a synchronous exception and returns EXEC_TRAP. tval is no guest virtual address: those are recorded by the
 * page walker, which knows. */
enum exec hart_raise(struct hart *h, unsigned cause, uint64_t tval);

/* Resets the architectural state: M mode, pc, CSRs at their reset values, nothing reserved or pending.
 * ext, env, ram, tlb, cache and decoder stay. */
void hart_reset(struct hart *h, uint64_t pc);

/* Asks the engine to leave its run after the present instruction. */
static inline void hart_halt(struct hart *h)
{
    h->halt = h->look = true;
}

/* After points or observer changed: who has to be told of accesses and walks. */
void hart_watch_accesses(struct hart *h);

/* Drives one bit of mip, given as a mask, by a wire (an interrupt controller's output). Sets h->look if it changed. */
void hart_set_line(struct hart *h, uint64_t mip_bit, bool level);

#endif
