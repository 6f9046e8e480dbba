/* SPDX-License-Identifier: MIT */
/* The built-in firmware: answers the SBI calls of S mode where the guest brings no firmware of its
 * own. Owns the harts' software timers (without Sstc) and nothing else: HSM states are the harts'
 * own wait states, and not a byte of guest RAM is used. SBI 3.0. */
#ifndef MICROVM_SBI_SBI_H
#define MICROVM_SBI_SBI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/char_backend.h"
#include "bus/guest_mem.h"
#include "bus/state.h"
#include "bus/time_source.h"
#include "cpu/hart.h"

struct sbi;

/* How a guest asks for its end. */
enum sbi_end { SBI_END_POWEROFF, SBI_END_REBOOT, SBI_END_FAIL };

/* What the firmware stands on. Copied; what it points to is borrowed. */
struct sbi_host {
    struct hart *harts; /* ids are distinct; at most 64 of them */
    unsigned hart_count;
    struct guest_mem mem;
    struct char_backend console;
    void *owner; /* of the functions below */
    /* Gives up to count bytes of console input, 0 if there is none now; never blocks. */
    size_t (*console_read)(void *owner, uint8_t *bytes, size_t count);
    /* Ends or restarts the machine after the present instruction; code is the guest's exit code,
     * not 0 with SBI_END_FAIL alone. */
    void (*end)(void *owner, enum sbi_end end, uint64_t code);
    struct time_source time; /* only deadline_changed is called, and may be NULL */
};

/* NULL: out of memory. */
struct sbi *sbi_create(const struct sbi_host *host);
void sbi_destroy(struct sbi *sbi);

/* What of it must be kept. */
struct state_part sbi_part(struct sbi *sbi);

/* Hands h over to an S-mode kernel at pc as OpenSBI does (a0 = hart id, a1 = dtb), and stops all
 * other harts until they are started by HSM. The harts have been reset before. */
void sbi_enter(struct sbi *sbi, struct hart *h, uint64_t pc, uint64_t dtb);

/* Serves the ecall that h, in S mode, stands at. Always returns true: a0 and a1 are set, or the
 * hart was sent elsewhere (pc is 4 bytes before where it goes on, as the caller adds the length of
 * the ecall in any case). The hart's wait state and interrupts may have changed: look at them. */
bool sbi_ecall(struct sbi *sbi, struct hart *h);

/* Drives STIP by the software timers as of time `now`; returns the next tick at which one will
 * change, UINT64_MAX: never. */
uint64_t sbi_update_timer(struct sbi *sbi, uint64_t now);

/* The time the n-th hart's software timer is set to; UINT64_MAX: none. */
uint64_t sbi_timer_deadline(const struct sbi *sbi, unsigned n);

/* The names of a call ("HSM", "hart_start") for traces; false: nothing answers it. */
bool sbi_call_name(uint64_t eid, uint64_t fid, const char **extension, const char **function);

/* How many arguments it takes, 0 to 5; 0 if nothing answers it. */
unsigned sbi_call_arguments(uint64_t eid, uint64_t fid);

/* "SBI_ERR_INVALID_PARAM", as a0 holds it behind a call; NULL: no such error. */
const char *sbi_error_name(uint64_t a0);

#endif
