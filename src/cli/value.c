/* SPDX-License-Identifier: MIT */
#include "cli/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define MEMORY_MIN (UINT64_C(1) << 20)
#define MEMORY_MAX (UINT64_C(1) << 44)
#define PAGE_BYTES 4096
#define SECONDS_MAX 1e9
/* Longest part of a value that a message repeats. */
#define SHOWN 200

enum digits { DIGITS_NONE, DIGITS_TOO_MANY, DIGITS_FIT };

/* Leading digits of text (hexadecimal behind 0x); *end is what follows. */
static enum digits leading_digits(const char *text, uint64_t *out, const char **end)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    size_t count = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    errno = 0;
    *out = strtoull(digits, NULL, hex ? 16 : 10);
    *end = digits + count;
    if (count == 0)
        return DIGITS_NONE;
    return errno == 0 ? DIGITS_FIT : DIGITS_TOO_MANY;
}

bool value_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *out, struct error *err)
{
    const char *end;
    uint64_t value;
    enum digits digits = leading_digits(text, &value, &end);
    if (digits == DIGITS_FIT && *end == '\0' && value >= low && value <= high) {
        *out = value;
        return true;
    }
    if (high == UINT64_MAX && digits == DIGITS_TOO_MANY && *end == '\0')
        return error_set(err, "--%s: '%.*s' is too large; the largest is 0xffffffffffffffff", option, SHOWN, text);
    if (high == UINT64_MAX)
        return error_set(err, "--%s: '%.*s' is not a number from %" PRIu64 " up (decimal, or hexadecimal behind 0x)",
                         option, SHOWN, text, low);
    return error_set(err, "--%s: '%.*s' is not a number from %" PRIu64 " to %" PRIu64, option, SHOWN, text, low, high);
}

/* The power of two that a suffix stands for; an empty one is MiB. */
static bool suffix_shift(const char *suffix, unsigned *shift)
{
    static const char letters[] = "kmgt";
    if (suffix[0] == '\0') {
        *shift = 20;
        return true;
    }
    const char *letter = strchr(letters, suffix[0] | 0x20);
    if (letter == NULL || *letter == '\0' || suffix[1] != '\0')
        return false;
    *shift = 10 * (unsigned)(letter - letters + 1);
    return true;
}

bool value_size(const char *option, const char *text, uint64_t *out, struct error *err)
{
    const char *suffix;
    uint64_t value;
    unsigned shift;
    enum digits digits = leading_digits(text, &value, &suffix);
    if (digits == DIGITS_NONE || !suffix_shift(suffix, &shift))
        return error_set(err, "--%s: '%.*s' is not a size; write MiB as a bare number, or 65536K, 512M, 2G", option,
                         SHOWN, text);
    if (digits == DIGITS_TOO_MANY || value > MEMORY_MAX >> shift || value << shift < MEMORY_MIN)
        return error_set(err, "--%s: '%.*s' is out of range; accepted are 1M to 16T (a bare number is MiB)", option,
                         SHOWN, text);
    if (!is_aligned(value << shift, PAGE_BYTES))
        return error_set(err, "--%s: '%.*s' is not a multiple of 4K", option, SHOWN, text);
    *out = value << shift;
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
