/* SPDX-License-Identifier: MIT */
/* A conversation with a machine over GDB's protocol, without a socket: packets and the replies that are expected. */
#ifndef TESTS_UNIT_GDBSTUB_TALK_H
#define TESTS_UNIT_GDBSTUB_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/machine.h"

/* Of the program that machines run: it counts in memory for ever. */
#define TALK_BASE "80000000"
#define TALK_LOOP "80000008"  /* t0 is counted up here, */
#define TALK_STORE "8000000c" /* stored, */
#define TALK_LOAD "80000010"  /* and loaded into t2 */
#define TALK_DATA "80002000"

struct exchange {
    const char *packet; /* without its frame; "\003" alone: Ctrl-C */
    const char *reply;  /* NULL: none; with a '*': what it begins and ends with; several with '|' between them */
};

/* Has the conversation with a machine of so many harts, then ends it. history: it can go back in time. Fails the test where a reply is
 * another. */
void talk(unsigned cpus, bool history, const struct exchange *exchanges, size_t count);

#define TALK(cpus, ...) TALK_WITH(cpus, true, __VA_ARGS__)
#define TALK_WITH(cpus, history, ...)                                                                                  \
    talk(cpus, history, (const struct exchange[]){__VA_ARGS__},                                                        \
         sizeof((const struct exchange[]){__VA_ARGS__}) / sizeof(struct exchange))

#endif
