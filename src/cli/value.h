/* SPDX-License-Identifier: MIT */
/* Values as users write them: numbers, sizes, one of several words. Keeps no state. Each refuses with a line that starts
 * with the option's name and holds the value and what is accepted. */
#ifndef MICROVM_CLI_VALUE_H
#define MICROVM_CLI_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Decimal, or hexadecimal behind 0x; the whole text; low <= *out <= high. option comes without its dashes. */
bool value_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *out, struct error *err);

/* Bytes: a bare number is MiB, a suffix K, M, G or T (either case) a power of 1024. From 1 MiB to 16 TiB, whole pages. */
bool value_size(const char *option, const char *text, uint64_t *out, struct error *err);

/* Seconds above 0, with a decimal fraction if need be. */
bool value_seconds(const char *option, const char *text, double *out, struct error *err);

/* words: "one|two|three"; *out is the index of text among them. */
bool value_word(const char *option, const char *text, const char *words, unsigned *out, struct error *err);

#endif
