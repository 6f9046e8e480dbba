/* SPDX-License-Identifier: MIT */
/* A store whose second half lies in an unmapped page: the fault names that page, and the first half
 * is not written (norm:mtval_vaddr_wr2). A load likewise. */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)

static uint8_t frame[PAGE] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t bytes_before_end)
{
    uint8_t *address = (uint8_t *)VA + PAGE - bytes_before_end;
    uint64_t value = 0;
    expect(1, try_store(address, UINT64_MAX), CAUSE_STORE_PAGE);
    expect(2, self()->tval, VA + PAGE);
    expect(3, try_load(address, &value), CAUSE_LOAD_PAGE);
    expect(4, self()->tval, VA + PAGE);
    return 0;
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frame, PTE_RW);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    for (unsigned i = 0; i < PAGE; i++)
        frame[i] = (uint8_t)i;
    for (uint64_t n = 1; n < 8; n++)
        run_in(MODE_S, in_s_mode, n);
    for (unsigned i = 0; i < PAGE; i++)
        expect(5, frame[i], (uint8_t)i);
}
