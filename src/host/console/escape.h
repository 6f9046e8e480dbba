/* SPDX-License-Identifier: MIT */
/* The Ctrl-A keys of the console: a state machine over what the user types. Owns its one flag. */
#ifndef MICROVM_HOST_CONSOLE_ESCAPE_H
#define MICROVM_HOST_CONSOLE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ESCAPE_KEY = 0x01 };

enum escape_action { ESCAPE_NOTHING, ESCAPE_HELP, ESCAPE_QUIT, ESCAPE_MONITOR };

struct escape {
    bool armed; /* Ctrl-A was typed, what follows decides */
};

/* Takes one typed byte. *pass is set if a byte goes to the guest (*out): all but the keys themselves; Ctrl-A a and
 * Ctrl-A Ctrl-A give one Ctrl-A; an unknown key behind Ctrl-A is dropped, as QEMU does. */
enum escape_action escape_feed(struct escape *escape, uint8_t byte, bool *pass, uint8_t *out);

/* What Ctrl-A h shows. */
const char *escape_help(void);

#endif
