/* SPDX-License-Identifier: MIT */
/* Strict mode: harts that do what the manual allows and most emulators spare their guests. Translations stay until the
 * fence that names them, fetches do not see stores before fence.i, reservations get lost, stores reach other harts late.
 * Owns what each hart remembers for that; hart.strict is NULL without --strict, and then nothing of this is asked. All of it
 * is a function of what the harts do: the same run forgets and loses the same at the same steps. */
#ifndef MICROVM_CPU_STRICT_H
#define MICROVM_CPU_STRICT_H

#include "mmu/walk.h"

struct block;
struct code_cache;
struct op;
struct ram;
struct strict;        /* a hart's */
struct strict_system; /* what the harts of a machine have in common */

enum strict_trait {
#define STRICT(id, word, standard, meaning) STRICT_##id,
#include "cpu/strict.def"
#undef STRICT
    STRICT_COUNT
};

/* A set of traits has a bit for each. */
#define STRICT_BIT(id) (1u << STRICT_##id)

enum strict_finding_kind {
    STRICT_USED_TRANSLATION, /* an access went by a translation that the tables do not hold any more */
    STRICT_USED_CODE,        /* an instruction was executed that stands otherwise in RAM by now */
};

/* A guest that depends on something old. hart.pc is the instruction that does, the latest place for the fence. */
struct strict_finding {
    enum strict_finding_kind kind;
    /* Of a translation. stage S wants an sfence.vma, VS an hfence.vvma (or the guest's own sfence.vma), G an hfence.gvma. */
    enum walk_stage stage;
    enum access_type type;
    uint64_t va;    /* of the access */
    uint64_t input; /* what the stage translates: va, or at the G stage a guest physical address */
    bool
        had_worked; /* what is remembered grants the access. False: it refuses one that the tables allow by now, which guests
                        may well survive: their handler finds all in order and fences then */
    struct walk_step old,
        now; /* the last entry of the remembered walk, and of one by the tables as they stand (address: of a VS entry
                                  guest physical) */
    /* Of code: what was executed and what stands there, 2 or 4 bytes; pa is where. */
    uint64_t pa;
    uint32_t old_bits, now_bits;
};

/* Who wants to hear of findings (borrowed). Asking for them makes strict mode look closer, which costs time. */
struct strict_listener {
    void *owner;
    void (*found)(void *owner, struct hart *h, const struct strict_finding *finding);
    /* The hart has stored to a page of RAM in which some hart has read tables; NULL: does not matter. */
    void (*stored)(void *owner, struct hart *h, uint64_t pa, unsigned size);
};

struct strict_options {
    unsigned traits;
    uint64_t seed; /* of what gets lost */
};

/* For the harts of one machine, which are set up but for their `strict`, and get it. NULL: out of memory. */
struct strict_system *strict_create(const struct strict_options *options, struct hart *harts, unsigned count,
                                    struct code_cache *cache);
void strict_destroy(struct strict_system *system);

/* NULL: nobody. */
void strict_listen(struct strict_system *system, const struct strict_listener *listener);

/* Forgets all that is old, as if each hart had executed every fence and all stores had arrived: at reset, and before a
 * machine is saved and after it was restored. */
void strict_forget(struct strict_system *system);

/* The turn goes from one hart to another, or (NULL, NULL) to none: stores that were held back arrive, and of those that `from` has made
 * since its last fence some are held back until the next turn ends. */
void strict_pass_turn(struct strict_system *system, struct hart *from, const struct hart *next);

/* Whether the hart is strict in this way; false without --strict. */
bool strict_has(const struct hart *h, enum strict_trait trait);

/* LR has been executed; and whether an SC of a hart whose reservation holds is to fail all the same. */
void strict_reserved(struct hart *h);
bool strict_loses_reservation(const struct hart *h);

#endif
