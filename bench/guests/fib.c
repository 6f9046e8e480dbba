/* SPDX-License-Identifier: MIT */
/* Calls and returns, and next to nothing else. */
#include "runtime.h"

enum { ARGUMENT = 27, ROUNDS = 200 };

__attribute__((noinline)) static uint64_t fib(uint64_t n)
{
    if (n < 2)
        return n;
    uint64_t before = fib(n - 1);
    return before + fib(n - 2);
}

int main(void)
{
    uint64_t sum = 0;
    for (int round = 0; round < ROUNDS; round++)
        sum += fib(ARGUMENT);
    return is_result(sum, 196418ULL * ROUNDS);
}
