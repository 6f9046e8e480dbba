/* SPDX-License-Identifier: MIT */
/* A program that is started and waited for: a compiler. Owns nothing. */
#ifndef MICROVM_PROJECT_CHILD_H
#define MICROVM_PROJECT_CHILD_H

#include "project/words.h"

enum child_voice {
    CHILD_SPEAKS,  /* its messages go where ours go */
    CHILD_IS_MUTE, /* they go nowhere */
};

/* Starts it (found by PATH), and waits. *status: its exit status, or 128 + the signal that ended it. False: it could not be
 * started; err says why. It reads nothing from our input. */
bool child_run(const struct words *command, enum child_voice voice, int *status, struct error *err);

/* Whether PATH has a program of this name (or the name, with a slash, is one). */
bool child_exists(const char *program);

#endif
