/* SPDX-License-Identifier: MIT */
/* Entries with A or D clear fault where the hart does not set them (norm:svade_access_ad_bit_clear). */
/* strict: svade */
/* fails: 1 */
#include "lib/env.h"

#define VA UINT64_C(0x18003000)

#if FIXED
#define BITS (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)
#else
#define BITS (PTE_V | PTE_R | PTE_W)
#endif

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t unused)
{
    uint64_t value = 0;
    (void)unused;
    uint64_t cause = try_load((void *)VA, &value);
    return cause == NO_TRAP ? try_store((void *)VA, 1) : cause;
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frame, BITS);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    expect(1, run_in(MODE_S, in_s_mode, 0), NO_TRAP);
}
