/* SPDX-License-Identifier: MIT */
/* Switches of worlds: from HS mode to VS mode and back by its ecall, two stages of translation in the guest. world.S
 * has both sides. */
#include "runtime.h"

enum { ROUNDS = 500000, LEAF_VS = 0xcf, LEAF_G = 0xdf, TABLE_ENTRIES = 512, TOP_ENTRIES = 4 * TABLE_ENTRIES };

/* What the guest has counted after that many rounds. */
uint64_t run_guest(uint64_t rounds);

static uint64_t first_stage[TABLE_ENTRIES] __attribute__((aligned(PAGE_BYTES)));
static uint64_t second_stage[TOP_ENTRIES] __attribute__((aligned(4 * PAGE_BYTES)));

/* Both stages are the identity, in a page of 1 GiB. */
static void map_guest(void)
{
    const uint64_t ram_page = 0x80000000 >> 2, sv39 = 8ULL << 60;
    first_stage[2] = ram_page | LEAF_VS;
    second_stage[2] = ram_page | LEAF_G;
    csr_write(vsatp, sv39 | (uintptr_t)first_stage / PAGE_BYTES);
    csr_write(hgatp, sv39 | (uintptr_t)second_stage / PAGE_BYTES);
    __asm__ volatile("sfence.vma" : : : "memory");
    csr_write(vsstatus, 0);
}

int main(void)
{
    enter_supervisor(4 << 20, 1 << CAUSE_ECALL_VS);
    map_guest();
    return is_result(run_guest(ROUNDS), 7ULL * ROUNDS);
}
