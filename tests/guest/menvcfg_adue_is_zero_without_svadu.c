/* SPDX-License-Identifier: MIT */
/* Without Svadu menvcfg.ADUE is read-only zero, and clear A and D bits fault
 * (norm:menvcfg_adue_rdonly0, norm:svade_access_ad_bit_clear). */
/* options: --cpu svade=on,svadu=off */
/* qemu: no, 7.2 always updates A and D */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define ADUE (UINT64_C(1) << 61)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t unused)
{
    (void)unused;
    uint64_t value = 0;
    expect(1, try_load((void *)VA, &value), CAUSE_LOAD_PAGE);
    expect(2, try_store((void *)(VA + PAGE), value), CAUSE_STORE_PAGE);
    expect(3, try_load((void *)(VA + PAGE), &value), NO_TRAP);
    return 0;
}

void test(void)
{
    CSR_SET(0x30a, ADUE);
    expect(4, CSR_READ(0x30a) & ADUE, 0);
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frame, PTE_V | PTE_R | PTE_W);
    table_map(root, VA + PAGE, (uint64_t)frame, PTE_V | PTE_R | PTE_W | PTE_A);
    CSR_WRITE(satp, table_satp(root, 0));
    run_in(MODE_S, in_s_mode, 0);
}
