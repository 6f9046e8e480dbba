/* SPDX-License-Identifier: MIT */
/* The guest sanitizer of --strict: looks at each instruction of the guest and says which fence was missing behind which
 * store, what was read from RAM that nobody had written, which code lies in pages that may be written, and which stack
 * has grown into something else. It speaks through the explanations, whose part it is; it changes nothing in the guest. */
#ifndef MICROVM_OBSERVE_SANITIZER_H
#define MICROVM_OBSERVE_SANITIZER_H

#include "cpu/hart.h"

struct explain;
struct sanitizer;

/* For the traits that machine_config.strict names; one at least. NULL: out of memory. */
struct sanitizer *sanitizer_create(struct explain *explain);
void sanitizer_destroy(struct sanitizer *sanitizer);

/* Between slices: what has waited long enough is told. */
void sanitizer_slice(struct sanitizer *sanitizer, struct hart *h);

#endif
