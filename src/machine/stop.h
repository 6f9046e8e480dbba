/* SPDX-License-Identifier: MIT */
/* Why a machine stopped, and the exit status of the process that follows from it. */
#ifndef MICROVM_MACHINE_STOP_H
#define MICROVM_MACHINE_STOP_H

#include <stdbool.h>
#include <stdint.h>

enum stop_reason {
    STOP_NONE,
    STOP_POWEROFF, /* code 0: passed or powered off */
    STOP_FAIL,     /* the guest's own failure code in `code` */
    STOP_RESET,    /* the guest asked for a reset */
    STOP_BUDGET,   /* --max-insns used up */
    STOP_TIMEOUT,  /* --timeout-secs */
    STOP_SIGNAL,   /* by signal `code` */
    STOP_QUIT,     /* Ctrl-A x */
    STOP_STUCK     /* code: enum stuck_kind */
};

/* In which way a guest is stuck, as far as anybody but the user cares. */
enum stuck_kind {
    STUCK_FAULT,     /* something is wrong */
    STUCK_IDLE_LOOP, /* it jumps to itself for ever with interrupts off: how many a small kernel ends */
    STUCK_BOARD      /* it would go on, but does what it may not do on a board (--strict) */
};

struct stop {
    enum stop_reason reason;
    uint64_t code;
};

/* Exit statuses, see ARCHITECTURE.md. */
enum {
    EXIT_STATUS_MAX_GUEST = 119,
    EXIT_STATUS_STUCK = 121,
    EXIT_STATUS_BUDGET = 122,
    EXIT_STATUS_RESET = 123,
    EXIT_STATUS_TIMEOUT = 124,
    EXIT_STATUS_COULD_NOT_RUN = 125,
    EXIT_STATUS_SIGNAL = 128
};

int stop_exit_status(const struct stop *stop);

#endif
