/* SPDX-License-Identifier: MIT */
/* Pairs: one handler for two instructions that often follow one another. It saves a jump, and the way of the first one's
 * result through memory. The second op keeps its own handler: a first one that goes the slow way comes back to it. */
#ifndef MICROVM_CPU_PAIR_H
#define MICROVM_CPU_PAIR_H

#include <stdbool.h>

#include "cpu/op.h"

/* The handler of ops[0] and ops[1], rows `first` and `second`; NULL: there is none for these two. */
op_handler *pair_handler(const struct op *ops, unsigned first, unsigned second);

/* Whether there is one for these rows at all. */
bool pair_exists(unsigned first, unsigned second);

#endif
