/* SPDX-License-Identifier: MIT */
/* Says in one line why a hart will get nowhere: a trap loop without progress, or a pc outside memory. */
#ifndef MICROVM_MACHINE_STUCK_H
#define MICROVM_MACHINE_STUCK_H

#include <stdbool.h>

struct hart;
struct machine;

/* What has been said already: each once. */
struct stuck_said {
    bool loop;
    bool astray;
};

/* Looks at the hart that has just run; next to nothing if all is well. */
void stuck_watch(struct machine *machine, struct hart *h);

#endif
