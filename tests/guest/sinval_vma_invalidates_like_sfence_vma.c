/* SPDX-License-Identifier: MIT */
/* A changed leaf is seen after SFENCE.W.INVAL, SINVAL.VMA with operands that cover it, and
 * SFENCE.INVAL.IR (norm:Svinval_sinval_vma_invalidates_same_as_sfence_vma,
 * norm:Svinval_sfence_w_inval_orders_before_sinval_vma): by data and by code. */
/* qemu: no, 7.2 has no Svinval by default */
#include "lib/env.h"

#define VA UINT64_C(0x40003000)
#define ASID 3
#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)

static uint32_t frame[2][PAGE / 4] __attribute__((aligned(PAGE)));
static volatile uint64_t *entry;

static void check(unsigned number, uint64_t now)
{
    uint64_t value = 9999;
    expect(number, TRY("lw %0, 8(%1)", value, VA), NO_TRAP);
    expect(number, value, now);
    expect(number + 1, try_call((void *)VA, &value), NO_TRAP);
    expect(number + 1, value, now);
}

#define SINVAL(rs1, rs2)                                                                                               \
    __asm__ volatile(".word 0x18000073\n .insn r 0x73, 0, 0x0b, x0, " rs1 ", " rs2                                     \
                     "\n .word 0x18100073" ::"r"(VA + 0x123),                                                          \
                     "r"((uint64_t)ASID)                                                                               \
                     : "memory")

static uint64_t in_s_mode(uint64_t unused)
{
    for (unsigned round = 0; round < 40; round++) {
        unsigned now = round & 1;
        *entry = (uint64_t)frame[now] >> 2 | PTE_RWX;
        switch (round % 4) {
        case 0: SINVAL("x0", "x0"); break;
        case 1: SINVAL("%0", "x0"); break;
        case 2: SINVAL("x0", "%1"); break;
        default: SINVAL("%0", "%1");
        }
        check(1 + 2 * (round % 4), now);
    }
    *entry = 0;
    SINVAL("%0", "%1");
    expect(10, TRY("lw %0, 8(%1)", unused, VA), CAUSE_LOAD_PAGE);
    return 0;
}

void test(void)
{
    for (unsigned i = 0; i < 2; i++) {
        frame[i][0] = LI_A0(i);
        frame[i][1] = RET;
        frame[i][2] = i;
    }
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t *root = table_create(0);
    entry = table_entry(root, VA);
    CSR_WRITE(satp, table_satp(root, ASID));
    run_in(MODE_S, in_s_mode, 0);
}
