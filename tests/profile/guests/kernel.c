/* SPDX-License-Identifier: MIT */
/* A kernel whose every line is executed a known number of times: the comment behind it says how often. */

#define PASS 0x5555u
#define FAIL(code) ((unsigned)(code) << 16 | 0x3333u)
#define RESET 0x7777u

enum guest { GUEST_PASSES, GUEST_FAILS, GUEST_RESETS, GUEST_SPINS };

void load_nowhere(void);

static volatile unsigned *const uart = (volatile unsigned *)0x10000000;

static unsigned twice(unsigned n)
{                 /* 3000 */
    return n + n; /* 3000 */
} /* 3000 */

static unsigned sum(unsigned n)
{                                       /* 3 */
    volatile unsigned total = 0;        /* 3 */
    for (unsigned i = 0; i < 1000; i++) /* 3003 */
        total += twice(i);              /* 3000 */
    return total + n;                   /* 3 */
} /* 3 */

unsigned never(unsigned n)
{                  /* 0 */
    return sum(n); /* 0 */
} /* 0 */

unsigned main(enum guest guest)
{                                          /* 1 */
    unsigned total = 0;                    /* 1 */
    for (unsigned i = 0; i < 3; i++)       /* 4 */
        total += sum(i);                   /* 3 */
    load_nowhere();                        /* 1 */
    if (total == 1)                        /* 1 */
        total = never(total);              /* 0 */
    *(volatile unsigned char *)uart = '!'; /* 1 */
    while (guest == GUEST_SPINS)           /* 1 */
        sum(1);                            /* 0 */
    if (guest == GUEST_FAILS)              /* 1 */
        return FAIL(7);                    /* 0 */
    return guest == GUEST_RESETS ? RESET : PASS;
}
