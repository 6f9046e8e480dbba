/* SPDX-License-Identifier: MIT */
/* Says in one line why a hart will get nowhere: a trap loop without progress, or a pc outside memory. */
#ifndef MICROVM_MACHINE_STUCK_H
#define MICROVM_MACHINE_STUCK_H

struct hart;
struct machine;

/* Looks at the hart that has just run; next to nothing if all is well. Speaks once between resets. */
void stuck_watch(struct machine *machine, struct hart *h);

#endif
