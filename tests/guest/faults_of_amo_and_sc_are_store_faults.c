/* SPDX-License-Identifier: MIT */
/* An AMO that may not write is a store page fault even where it may not read either, an SC too; LR
 * is a load (norm:store_page_fault_no_w, norm:load_page_fault_no_r). */
/* qemu: no, an SC without a reservation fails there before its address is looked at */
#include "lib/env.h"

#define READ_ONLY UINT64_C(0x40000000)
#define EXECUTE_ONLY UINT64_C(0x40001000)
#define MISSING UINT64_C(0x40002000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t address)
{
    uint64_t value = 7;
    expect(1, TRY("amoadd.d %0, %0, (%1)", value, address), CAUSE_STORE_PAGE);
    expect(2, self()->tval, address);
    expect(3, TRY("amoor.w x0, x0, (%1)", value, address), CAUSE_STORE_PAGE);
    expect(4, TRY("amoswap.w %0, %0, (%1)", value, address), CAUSE_STORE_PAGE);
    expect(5, TRY("sc.d %0, %0, (%1)", value, address), CAUSE_STORE_PAGE);
    expect(6, self()->tval, address);
    uint64_t lr = TRY("lr.d %0, (%1)", value, address);
    expect(7, lr, address == READ_ONLY ? NO_TRAP : CAUSE_LOAD_PAGE);
    if (lr != NO_TRAP)
        expect(8, self()->tval, address);
    return 0;
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, READ_ONLY, (uint64_t)frame, PTE_V | PTE_R | PTE_A | PTE_D);
    table_map(root, EXECUTE_ONLY, (uint64_t)frame, PTE_V | PTE_X | PTE_A | PTE_D);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    frame[0] = 42;
    run_in(MODE_S, in_s_mode, READ_ONLY);
    run_in(MODE_S, in_s_mode, EXECUTE_ONLY);
    run_in(MODE_S, in_s_mode, MISSING);
    expect(9, frame[0], 42);
}
