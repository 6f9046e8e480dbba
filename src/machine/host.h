/* SPDX-License-Identifier: MIT */
/* What a machine asks of the process around it: its console and the right to sleep. All that reaches the guest from there
 * comes through these calls. Owned by whoever embeds the machine; the command's is in cli/run.c. */
#ifndef MICROVM_MACHINE_HOST_H
#define MICROVM_MACHINE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/wait_set.h"
#include "machine/stop.h"

struct machine_host {
    void *owner;

    /* Takes all bytes; they are on their way to the user at the latest at the next wait, interrupted or end. */
    void (*console_write)(void *owner, const uint8_t *bytes, size_t count);

    /* Gives at most size bytes that have already arrived; 0: none. Never blocks and is cheap enough for every slice:
     * fresh input is fetched by wait and interrupted. Ask for no more than the guest has room for. */
    size_t (*console_read)(void *owner, uint8_t *bytes, size_t size);

    /* Sleeps until new input has arrived, a descriptor of the set is ready (its results are in the set afterwards), a
     * signal or the time-out (UINT64_MAX: none). Input that the caller has left lying does not end the sleep: what wakes
     * a guest without room is its own timer. May add descriptors of its own to the set. */
    void (*wait)(void *owner, struct wait_set *set, uint64_t timeout_ns);

    /* Passes output on and looks for signals and the user's wish to quit; true: *stop says which. To be called every
     * millisecond or so, and after wait. */
    bool (*interrupted)(void *owner, struct stop *stop);

    /* One line for the user, without newline: an explanation of what the guest does, at most a few in a run. NULL: nobody
     * wants to hear them. */
    void (*message)(void *owner, const char *line);

    /* True if the terminal has another size than at the last call (0, 0 before the first, and where there is none). NULL:
     * there is no terminal. */
    bool (*terminal_size)(void *owner, uint16_t *columns, uint16_t *rows);

    /* Before the first console_read of a machine that was loaded: so many bytes of input it has had already. An input that
     * another run can read again goes on behind them; a terminal or a pipe is as it is. NULL: each is. */
    void (*console_skip)(void *owner, uint64_t bytes);
};

#endif
