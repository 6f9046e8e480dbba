/* SPDX-License-Identifier: MIT */
/* Says why a guest gets nowhere: looks at the machine between the harts' turns (it is the machine's supervisor), and explains each way
 * of being stuck (explain.def) once, in a few lines for the user. Changes nothing in the guest. */
#ifndef MICROVM_OBSERVE_EXPLAIN_H
#define MICROVM_OBSERVE_EXPLAIN_H

#include "machine/machine.h"
#include "observe/symbols.h"

struct explain;

/* As the machine's configuration says (config.explain); symbols are borrowed. NULL: out of memory. Destroy it before the
 * machine. */
struct explain *explain_create(struct machine *machine, struct symbols *symbols);
void explain_destroy(struct explain *explain);

/* How often it has told of something that boards do not forgive (--strict). */
unsigned explain_board_findings(const struct explain *explain);

/* The anchors of docs/explain.md, in order; NULL past the end. */
const char *explain_anchor(unsigned n);

#endif
