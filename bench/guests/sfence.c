/* SPDX-License-Identifier: MIT */
/* What a change of mappings costs: 16 pages touched, all translations dropped. */
#include "runtime.h"

enum { ROUNDS = 300000, PAGES = 16 };

static volatile uint64_t pages[PAGES][PAGE_BYTES / sizeof(uint64_t)];

int main(void)
{
    enter_supervisor(4 << 20, 0);
    uint64_t sum = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        pages[round % PAGES][round % 512] = round;
#pragma GCC unroll 16
        for (int page = 0; page < PAGES; page++)
            sum += pages[page][page];
        __asm__ volatile("sfence.vma" : : : "memory");
    }
    return is_result(sum, 0x000000a75a1cdc28);
}
