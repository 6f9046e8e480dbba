/* SPDX-License-Identifier: MIT */
/* A 4-byte instruction at the end of a page, the next page missing: xepc is the instruction, xtval
 * the part that could not be fetched (norm:mtval_varlen_wr). A 2-byte one there is fine. */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define LAST_HALFWORD (VA + PAGE - 2)
#define C_RET 0x8082
#define NOP UINT32_C(0x00000013)
#define RET UINT32_C(0x00008067)

static uint16_t frame[2][PAGE / 2] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t cause)
{
    uint64_t value = 0;
    expect(1, try_call((void *)LAST_HALFWORD, &value), cause);
    if (cause == NO_TRAP)
        return 0;
    expect(2, self()->epc, LAST_HALFWORD);
    expect(3, self()->tval, VA + PAGE);
    return 0;
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frame[0], PTE_RX);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    frame[0][PAGE / 2 - 1] = (uint16_t)NOP;
    frame[1][0] = (uint16_t)(NOP >> 16);
    frame[1][1] = (uint16_t)RET;
    frame[1][2] = (uint16_t)(RET >> 16);
    __asm__ volatile("fence.i");
    run_in(MODE_S, in_s_mode, CAUSE_FETCH_PAGE);
    run_in(MODE_S, in_s_mode, CAUSE_FETCH_PAGE);
    table_map(root, VA + PAGE, (uint64_t)frame[1], PTE_RX);
    sfence_all();
    run_in(MODE_S, in_s_mode, NO_TRAP);
    table_map(root, VA + PAGE, 0, 0);
    sfence_all();
    run_in(MODE_S, in_s_mode, CAUSE_FETCH_PAGE);
    frame[0][PAGE / 2 - 1] = C_RET;
    __asm__ volatile("fence.i");
    run_in(MODE_S, in_s_mode, NO_TRAP);
}
