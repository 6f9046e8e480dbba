/* SPDX-License-Identifier: MIT */
/* What --strict may ask for, in words: the rows of cpu/strict.def. */
#ifndef MICROVM_MACHINE_STRICT_CONFIG_H
#define MICROVM_MACHINE_STRICT_CONFIG_H

#include "base/error.h"

/* What --strict means when it names nothing, as bits by enum strict_trait. */
unsigned strict_standard(void);

/* "stale-tlb,svade" as bits; "all" is everything. False, with an error that lists the words: another word. */
bool strict_parse(const char *text, unsigned *traits, struct error *err);

#endif
