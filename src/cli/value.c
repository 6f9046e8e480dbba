/* SPDX-License-Identifier: MIT */
#include "cli/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number_text.h"

#define MEMORY_MIN (UINT64_C(1) << 20)
#define PAGE_BYTES 4096
#define SECONDS_MAX 1e9
/* Longest part of a value that a message repeats. */
#define SHOWN 200

bool value_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *out, struct error *err)
{
    const char *end;
    uint64_t value;
    enum number_text digits = number_text_leading(text, &value, &end);
    if (digits == NUMBER_TEXT_FITS && *end == '\0' && value >= low && value <= high) {
        *out = value;
        return true;
    }
    if (high == UINT64_MAX && digits == NUMBER_TEXT_TOO_LARGE && *end == '\0')
        return error_set(err, "--%s: '%.*s' is too large; the largest is 0xffffffffffffffff", option, SHOWN, text);
    if (high == UINT64_MAX)
        return error_set(err, "--%s: '%.*s' is not a number from %" PRIu64 " up (decimal, or hexadecimal behind 0x)",
                         option, SHOWN, text, low);
    return error_set(err, "--%s: '%.*s' is not a number from %" PRIu64 " to %" PRIu64, option, SHOWN, text, low, high);
}

bool value_size(const char *option, const char *text, uint64_t *out, struct error *err)
{
    uint64_t bytes = 0;
    enum number_text size = size_text(text, &bytes);
    if (size == NUMBER_TEXT_NONE)
        return error_set(err, "--%s: '%.*s' is not a size; write MiB as a bare number, or 65536K, 512M, 2G", option,
                         SHOWN, text);
    if (size == NUMBER_TEXT_TOO_LARGE || bytes < MEMORY_MIN)
        return error_set(err, "--%s: '%.*s' is out of range; accepted are 1M to 16T (a bare number is MiB)", option,
                         SHOWN, text);
    if (!is_aligned(bytes, PAGE_BYTES))
        return error_set(err, "--%s: '%.*s' is not a multiple of 4K", option, SHOWN, text);
    *out = bytes;
    return true;
}

bool value_seconds(const char *option, const char *text, double *out, struct error *err)
{
    size_t whole = strspn(text, "0123456789");
    size_t fraction = text[whole] == '.' ? 1 + strspn(text + whole + 1, "0123456789") : 0;
    double value = strtod(text, NULL);
    if (value > SECONDS_MAX && whole > 0 && text[whole + fraction] == '\0')
        return error_set(err, "--%s: '%.*s' is too long; the longest is %.0f", option, SHOWN, text, SECONDS_MAX);
    if (whole == 0 || text[whole + fraction] != '\0' || !(value > 0))
        return error_set(err, "--%s: '%.*s' is not a number of seconds above 0 (such as 10 or 0.5)", option, SHOWN,
                         text);
    *out = value;
    return true;
}

bool value_word(const char *option, const char *text, const char *words, unsigned *out, struct error *err)
{
    size_t length = strlen(text);
    unsigned index = 0;
    for (const char *word = words;; index++) {
        size_t size = strcspn(word, "|");
        if (size == length && memcmp(word, text, size) == 0) {
            *out = index;
            return true;
        }
        if (word[size] == '\0')
            return error_set(err, "--%s: '%.*s' is not one of %s", option, SHOWN, text, words);
        word += size + 1;
    }
}
