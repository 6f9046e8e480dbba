/* SPDX-License-Identifier: MIT */
#include "base/number_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum number_text number_text_leading(const char *text, uint64_t *out, const char **end)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    size_t count = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    errno = 0;
    *out = strtoull(digits, NULL, hex ? 16 : 10);
    *end = digits + count;
    if (count == 0)
        return NUMBER_TEXT_NONE;
    return errno == 0 ? NUMBER_TEXT_FITS : NUMBER_TEXT_TOO_LARGE;
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

enum number_text size_text(const char *text, uint64_t *bytes)
{
    const char *suffix;
    uint64_t value;
    unsigned shift;
    enum number_text digits = number_text_leading(text, &value, &suffix);
    if (digits == NUMBER_TEXT_NONE || !suffix_shift(suffix, &shift))
        return NUMBER_TEXT_NONE;
    if (digits == NUMBER_TEXT_TOO_LARGE || value > SIZE_TEXT_MAX >> shift)
        return NUMBER_TEXT_TOO_LARGE;
    *bytes = value << shift;
    return NUMBER_TEXT_FITS;
}
