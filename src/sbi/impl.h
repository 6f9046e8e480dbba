/* SPDX-License-Identifier: MIT */
/* What the files of the built-in firmware share: the shape of the table of extensions and the few
 * helpers that several of them need. For src/sbi/ alone. */
#ifndef MICROVM_SBI_IMPL_H
#define MICROVM_SBI_IMPL_H

#include "sbi/sbi.h"

/* A hart's timer where there is no Sstc. */
struct sbi_timer {
    uint64_t due; /* when STIP rises; UINT64_MAX: never */
};

struct sbi {
    struct sbi_host host;
    struct sbi_timer timer[]; /* one for each hart */
};

/* SBI 3.0 table "Standard SBI Errors". */
enum sbi_error {
    SBI_SUCCESS = 0,
    SBI_ERR_FAILED = -1,
    SBI_ERR_NOT_SUPPORTED = -2,
    SBI_ERR_INVALID_PARAM = -3,
    SBI_ERR_DENIED = -4,
    SBI_ERR_INVALID_ADDRESS = -5,
    SBI_ERR_ALREADY_AVAILABLE = -6,
};

struct sbi_ret {
    int64_t error;
    uint64_t value;
    bool gone; /* the hart was sent elsewhere: its registers are not to be touched */
};

/* A function's arguments are in h->x from A0 on. */
enum sbi_register { A0 = 10, A1, A2, A3, A4, A5, A6, A7 };

typedef struct sbi_ret sbi_handler(struct sbi *sbi, struct hart *h);

struct sbi_function {
    const char *name;
    sbi_handler *run;
    unsigned arguments; /* in a0 and the following, for traces */
};

/* One extension. Functions are indexed by their ids. Legacy extensions (SBI 3.0 ch. "Legacy
 * Extensions") ignore the function id, return in a0 alone and have one function. */
struct sbi_extension {
    uint64_t id;
    const char *name;
    bool legacy;
    const struct sbi_function *functions;
    unsigned count;
};

extern const struct sbi_extension sbi_base;
extern const struct sbi_extension sbi_time;
extern const struct sbi_extension sbi_ipi;
extern const struct sbi_extension sbi_rfence;
extern const struct sbi_extension sbi_hsm;
extern const struct sbi_extension sbi_srst;
extern const struct sbi_extension sbi_dbcn;
extern const struct sbi_extension sbi_legacy_set_timer;
extern const struct sbi_extension sbi_legacy_console_putchar;
extern const struct sbi_extension sbi_legacy_console_getchar;
extern const struct sbi_extension sbi_legacy_clear_ipi;
extern const struct sbi_extension sbi_legacy_send_ipi;
extern const struct sbi_extension sbi_legacy_remote_fence_i;
extern const struct sbi_extension sbi_legacy_remote_sfence_vma;
extern const struct sbi_extension sbi_legacy_remote_sfence_vma_asid;
extern const struct sbi_extension sbi_legacy_shutdown;

/* The extension that answers to eid, or NULL. */
const struct sbi_extension *sbi_find_extension(uint64_t eid);

static inline struct sbi_ret sbi_ok(uint64_t value)
{
    return (struct sbi_ret){.value = value};
}

static inline struct sbi_ret sbi_fail(enum sbi_error error)
{
    return (struct sbi_ret){.error = error};
}

/* For a function that is done with the hart's registers and pc. */
static inline struct sbi_ret sbi_gone(void)
{
    return (struct sbi_ret){.gone = true};
}

/* The hart of that id, or NULL. */
struct hart *sbi_hart(const struct sbi *sbi, uint64_t id);

/* A set of harts: bit n stands for the n-th. False: the mask names a hart that does not exist.
 * SBI 3.0 ch. "Hart list parameter". */
bool sbi_hart_set(const struct sbi *sbi, uint64_t mask, uint64_t base, uint64_t *set);

/* The set of all harts. */
uint64_t sbi_all_harts(const struct sbi *sbi);

/* Whether S mode can start at pc with translation off: RAM, and as aligned as the hart's
 * instructions are. */
bool sbi_can_start_at(const struct sbi *sbi, const struct hart *h, uint64_t pc);

/* Puts h into S mode at pc with a0 = hart id, a1 = opaque, satp = 0 and interrupts off. */
void sbi_jump(struct hart *h, uint64_t pc, uint64_t opaque);

/* The state in which OpenSBI hands a hart over: the M-mode registers first, then sbi_jump. */
void sbi_hand_over(struct sbi *sbi, struct hart *h, uint64_t pc, uint64_t opaque);

/* Makes the engine go on at pc: it adds the ecall's length to whatever it finds. */
void sbi_set_next_pc(struct hart *h, uint64_t pc);

/* Sets or clears one of the bits of mip that software writes. */
void sbi_set_pending(struct hart *h, uint64_t mip_bit, bool level);

/* What both an extension and its legacy forms do. */
void sbi_arm_timer(struct sbi *sbi, struct hart *h, uint64_t deadline);
void sbi_send_ipis(struct sbi *sbi, uint64_t set);
void sbi_fence_i(struct sbi *sbi, uint64_t set);
void sbi_sfence(struct sbi *sbi, uint64_t set, uint64_t start, uint64_t size, bool has_asid, uint64_t asid);
void sbi_put_char(struct sbi *sbi, uint8_t byte);

#endif
