/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 31 };

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned nearest_distance(const char *a, const char *b)
{
    unsigned rows[LONGEST + 1][LONGEST + 1];
    size_t na = strnlen(a, LONGEST), nb = strnlen(b, LONGEST);
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        rows[i][0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned best = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = smaller(best, smaller(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, rows[i - 2][j - 2] + 1);
            rows[i][j] = best;
        }
    }
    return rows[na][nb];
}

/* A beginning of three letters or more is meant, whatever follows: --sig, --time. */
static bool begins(const char *typed, const char *known)
{
    size_t length = strlen(typed);
    return length >= 3 && strncmp(typed, known, length) == 0;
}

void nearest_offer(struct nearest *nearest, const char *known)
{
    unsigned distance = begins(nearest->typed, known) ? 1 : nearest_distance(nearest->typed, known);
    size_t length = strnlen(nearest->typed, LONGEST);
    unsigned allowed = length <= 3 ? 1 : length <= 6 ? 2 : 3;
    if (distance > allowed || (nearest->best != NULL && distance >= nearest->distance))
        return;
    nearest->best = known;
    nearest->distance = distance;
}
