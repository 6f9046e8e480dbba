/* SPDX-License-Identifier: MIT */
/* Numbers and sizes as users write them, before anybody knows what is accepted. */
#ifndef MICROVM_BASE_NUMBER_TEXT_H
#define MICROVM_BASE_NUMBER_TEXT_H

#include <stdint.h>

enum number_text { NUMBER_TEXT_NONE, NUMBER_TEXT_TOO_LARGE, NUMBER_TEXT_FITS };

/* Leading digits of text (hexadecimal behind 0x); *end is what follows. */
enum number_text number_text_leading(const char *text, uint64_t *out, const char **end);

/* Bytes: a bare number is MiB, a suffix K, M, G or T (either case) a power of 1024. Up to 2^44, the whole text. */
#define SIZE_TEXT_MAX (UINT64_C(1) << 44)
enum number_text size_text(const char *text, uint64_t *bytes);

#endif
