/* SPDX-License-Identifier: MIT */
/* Strict mode: a hart that does what the manual allows and most emulators spare their guests. Translations stay until the
 * fence that names them, fetches do not see stores before fence.i, reservations get lost, stores reach other harts late.
 * Owns, for each hart, what it remembers; hart.strict is NULL without --strict, and nothing of this is asked. All of it is
 * a function of what the harts do: the same run forgets and loses the same at the same steps. */
#ifndef MICROVM_CPU_STRICT_H
#define MICROVM_CPU_STRICT_H

#include "mmu/walk.h"

struct code_cache;
struct ram;
struct strict;        /* a hart's */
struct strict_system; /* what the harts of a machine have in common */

enum strict_trait {
#define STRICT(id, word, standard, meaning) STRICT_##id,
#include "cpu/strict.def"
#undef STRICT
    STRICT_COUNT
};

/* Sets of traits are bits: 1 << STRICT_x. This one is what --strict means when it names none. */
#define STRICT_STANDARD                                                                                                \
    (1u << STRICT_stale_tlb | 1u << STRICT_stale_fetch | 1u << STRICT_svade | 1u << STRICT_reservations |              \
     1u << STRICT_uninit | 1u << STRICT_wx | 1u << STRICT_stack)

/* A guest that has come to depend on something old. */
enum strict_finding_kind {
    STRICT_USED_TRANSLATION, /* an access went by a translation that the tables no longer hold */
    STRICT_USED_CODE,        /* an instruction was executed whose bytes in RAM are others by now */
    STRICT_USED_PMP,         /* PMP's answer is another one by now */
};

struct strict_finding {
    enum strict_finding_kind kind;
    enum access_type type;
    uint64_t pc;             /* of the instruction that did it, which stands at the fence's latest place */
    uint64_t va;             /* of the access; of an instruction its own */
    enum walk_stage stage;   /* of a translation: whose entry is old (S: sfence.vma, VS: hfence.vvma or sfence.vma, G: hfence.gvma) */
    uint64_t input;          /* the address that this stage translates */
    uint64_t old_pte;        /* of a translation: the entry as remembered; of code: the bytes as executed */
    uint64_t new_pte;        /* and as it stands in memory */
    uint64_t pte_address;    /* where (guest physical at the VS stage); of code: the physical address of the bytes */
    bool had_worked;         /* the old one allows the access, or leads elsewhere than the new one. False: the old one refuses what the new
                                one would allow: a page fault that the guest's handler may well survive by fencing then */
};

/* Who wants to hear of findings (borrowed). Asking for them makes strict mode look at each use, which costs time. */
struct strict_listener {
    void *owner;
    void (*found)(void *owner, struct hart *h, const struct strict_finding *finding);
};

struct strict_options {
    unsigned traits; /* bits */
    uint64_t seed;   /* of what gets lost */
};

/* For the harts of one machine (at most 64), which are given their `strict`; the rest of them must be set up. NULL: out of memory. */
struct strict_system *strict_create(const struct strict_options *options, struct hart *harts, unsigned count,
                                    struct ram *ram, struct code_cache *cache);
void strict_destroy(struct strict_system *system);

/* NULL: nobody. */
void strict_listen(struct strict_system *system, const struct strict_listener *listener);

/* Forgets all that is old, as if each hart had executed every fence and all buffered stores had arrived: at reset, and
 * before a machine is saved or after it was restored. */
void strict_forget(struct strict_system *system);

/* The trait is on. h->strict must not be NULL. */
bool strict_has(const struct hart *h, enum strict_trait trait);

/* Whether an SC of a hart whose reservation holds fails all the same. norm:unconstrained_lrsc_no_progress,
 * norm:constrained_lrsc_forward_progress_sc */
bool strict_loses_reservation(const struct hart *h);

/* The turn goes from one hart to the next, or all wait (next is NULL): stores in the buffers arrive, or are held back. */
void strict_pass_turn(struct strict_system *system, struct hart *from, struct hart *next);

#endif
