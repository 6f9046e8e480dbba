/* SPDX-License-Identifier: MIT */
#include "grade/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define REGEX_BYTES 1000
/* Of all {n} in an expression, multiplied: each nested one repeats what is inside. */
#define REGEX_REPEATS 1000

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 99;
}

/* Leading digits; *end is behind them. False: there are none, or too many. */
static bool take_digits(const char *text, unsigned base, uint64_t *value, const char **end)
{
    const char *at = text;
    *value = 0;
    for (; digit(*at) < base || (*at == '_' && at != text && digit(at[1]) < base); at++) {
        if (*at == '_')
            continue;
        if (*value > (UINT64_MAX - digit(*at)) / base)
            return false;
        *value = *value * base + digit(*at);
    }
    *end = at;
    return at != text;
}

bool grade_number(const char *text, uint64_t *value, struct error *err)
{
    bool minus = text[0] == '-';
    const char *at = text + minus, *end;
    bool hex = at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
    if (!take_digits(at + 2 * hex, hex ? 16 : 10, value, &end) || *end != '\0')
        return error_set(err, "'%.100s' is not a number of 64 bits (decimal, or hexadecimal behind 0x)", text);
    *value = minus ? UINT64_C(0) - *value : *value;
    return true;
}

bool grade_amount(const char *text, uint64_t *value, struct error *err)
{
    static const char units[] = "KMG";
    const char *end;
    bool ok = take_digits(text, 10, value, &end) && *value > 0;
    const char *unit = ok && *end != '\0' ? strchr(units, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    if (!ok || end[unit != NULL] != '\0' || *value > UINT64_MAX >> shift)
        return error_set(err, "'%.100s' is not a number from 1 up, with K, M or G behind it if need be", text);
    *value <<= shift;
    return true;
}

/* A number with at most `places` decimals, in units of 10^-places. */
static bool take_decimal(const char *text, unsigned places, uint64_t *value, const char **end)
{
    if (!take_digits(text, 10, value, end))
        return false;
    const char *at = **end == '.' ? *end + 1 : *end;
    if (at != *end && digit(*at) > 9)
        return false;
    for (unsigned i = 0; i < places; i++) {
        bool more = at != *end && digit(*at) <= 9;
        if (*value > UINT64_MAX / 10 - 1)
            return false;
        *value = *value * 10 + (more ? digit(*at) : 0);
        at += more;
    }
    *end = at;
    return true;
}

bool grade_moment(const char *amount, const char *unit, uint64_t *ns, uint64_t *steps, struct error *err)
{
    static const struct {
        const char *name;
        unsigned places; /* a decimal fraction goes down to the nanosecond */
    } units[] = {{"ns", 0}, {"us", 3}, {"ms", 6}, {"s", 9}};
    const char *end;
    uint64_t whole;
    *ns = *steps = UINT64_MAX;
    const char *attached = amount + strspn(amount, "0123456789_.");
    const char *name = *attached != '\0' && unit == NULL ? attached : *attached == '\0' ? unit : NULL;
    if (name != NULL && strcmp(name, "steps") == 0 && take_digits(amount, 10, &whole, &end) && end == attached) {
        *steps = whole;
        return true;
    }
    for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(units); i++)
        if (strcmp(units[i].name, name) == 0 && take_decimal(amount, units[i].places, ns, &end) && end == attached)
            return true;
    return error_set(
        err, "'%.100s%s%.100s' is not an amount of guest time (50 ms, 1.5 s; us, ns) or of steps (100000 steps)",
        amount, unit != NULL ? " " : "", unit != NULL ? unit : "");
}

bool grade_points(const char *text, uint64_t *points, struct error *err)
{
    const char *end;
    if (!take_decimal(text, 3, points, &end) || *end != '\0' || *points > UINT32_MAX)
        return error_set(err, "'%.100s' is not a number of points such as 5 or 0.5 (three decimals at most)", text);
    return true;
}

bool grade_flag(const char *text, bool *flag, struct error *err)
{
    *flag = strcmp(text, "yes") == 0;
    return *flag || strcmp(text, "no") == 0 || error_set(err, "'%.100s' is not one of yes|no", text);
}

/* The largest count in the braces at `at`, "{3}", "{2,5}" or "{2,}". */
static uint64_t repeats_at(const char *at)
{
    uint64_t largest = 1, value;
    const char *end = at + 1;
    if (take_digits(at + 1, 10, &value, &end) && value > largest)
        largest = value;
    if (*end == ',' && take_digits(end + 1, 10, &value, &end) && value > largest)
        largest = value;
    return largest < REGEX_REPEATS ? largest : REGEX_REPEATS + 1;
}

/* Back references take exponential time, nested repetitions exponential memory. */
static bool is_bounded(const char *pattern, struct error *err)
{
    uint64_t repeats = 1;
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '\\' && digit(at[1]) >= 1 && digit(at[1]) <= 9)
            return error_set(err, "there are no back references (%.2s)", at);
        if (*at == '{')
            repeats *= repeats_at(at);
        if (repeats > REGEX_REPEATS)
            return error_set(err, "its repetitions {n} come to more than %d when multiplied", REGEX_REPEATS);
        at += *at == '\\' && at[1] != '\0';
    }
    return true;
}

bool grade_regex(const struct grade_text *text, regex_t *regex, struct error *err)
{
    if (text->length > REGEX_BYTES || strlen(text->bytes) != text->length)
        return error_set(err, "a regular expression has at most %d bytes and no NUL", REGEX_BYTES);
    if (!is_bounded(text->bytes, err))
        return false;
    int status = regcomp(regex, text->bytes, REG_EXTENDED);
    if (status == 0)
        return true;
    char why[200];
    regerror(status, regex, why, sizeof why);
    return error_set(err, "'%.200s': %s", text->bytes, why);
}
