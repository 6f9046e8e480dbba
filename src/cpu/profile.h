/* SPDX-License-Identifier: MIT */
/* What a guest executes, counted: how often each instruction, and how often each behind which other in one block. It says
 * which handlers are hot and which pairs are worth one of their own. */
#ifndef MICROVM_CPU_PROFILE_H
#define MICROVM_CPU_PROFILE_H

#include <stdint.h>
#include <stdio.h>

#include "cpu/decode.h"

struct block;

struct profile {
    uint64_t single[INSN_COUNT + 1]; /* by enum insn_id, INSN_illegal included */
    uint64_t pair[INSN_COUNT + 1][INSN_COUNT + 1];
};

/* Counts the first `steps` instructions of the block. */
void profile_count(struct profile *profile, const struct block *block, uint64_t steps);

/* Two tables, the most frequent first: instructions, and pairs with a mark where the fast engine has one handler for both. */
void profile_print(const struct profile *profile, const struct decoder *decoder, FILE *out);

#endif
