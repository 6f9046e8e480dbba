/* SPDX-License-Identifier: MIT */
/* After a changed leaf entry, SFENCE.VMA shows the new page whenever its operands cover it:
 * norm:sfence_vma_ordering; by address: norm:sfence_vma_va_all_asid; by ASID, but for global pages:
 * norm:sfence_vma_asid_only, norm:sfence_vma_va_asid. Otherwise the old page or the new one is seen,
 * nothing else. */
#include "lib/env.h"

#define VA UINT64_C(0x40003000)
#define OTHER_VA UINT64_C(0x40004000)
#define ASID 3
#define OTHER_ASID 4

static uint64_t frame[2][PAGE / 8] __attribute__((aligned(PAGE)));
static volatile uint64_t *entry;
static uint64_t now; /* the frame mapped at VA */

static uint64_t seen(void)
{
    uint64_t value = 9999;
    expect(90, try_load((void *)(VA + 8), &value), NO_TRAP);
    return value;
}

static void exchange(uint64_t global)
{
    expect(1, seen(), now);
    now ^= 1;
    *entry = (uint64_t)frame[now] >> 2 | PTE_RW | global;
}

static void resynchronize(void)
{
    sfence_all();
    expect(2, seen(), now);
}

#define FENCE(operands, va, asid)                                                                  \
    __asm__ volatile("sfence.vma " operands ::"r"((uint64_t)(va)), "r"((uint64_t)(asid)) : "memory")

#define MUST_SHOW(number, global, operands, va, asid)                                              \
    do {                                                                                           \
        exchange(global);                                                                          \
        FENCE(operands, va, asid);                                                                 \
        expect(number, seen(), now);                                                               \
    } while (0)

#define MAY_SHOW(number, global, operands, va, asid)                                               \
    do {                                                                                           \
        exchange(global);                                                                          \
        FENCE(operands, va, asid);                                                                 \
        expect(number, seen() <= 1, true);                                                         \
        resynchronize();                                                                           \
    } while (0)

static uint64_t in_s_mode(uint64_t global)
{
    resynchronize();
    MUST_SHOW(10, global, "x0, x0", 0, 0);
    MUST_SHOW(11, global, "%0, x0", VA, 0);
    MUST_SHOW(12, global, "%0, x0", VA + 0xabc, 0);
    MAY_SHOW(13, global, "%0, x0", OTHER_VA, 0);
    MAY_SHOW(14, global, "x0, %1", 0, OTHER_ASID);
    MAY_SHOW(15, global, "%0, %1", VA, OTHER_ASID);
    MAY_SHOW(16, global, "%0, %1", OTHER_VA, ASID);
    if (global) {
        MAY_SHOW(17, global, "x0, %1", 0, ASID);
        MAY_SHOW(18, global, "%0, %1", VA, ASID);
        return 0;
    }
    MUST_SHOW(19, global, "x0, %1", 0, ASID);
    MUST_SHOW(20, global, "%0, %1", VA, ASID);
    return 0;
}

void test(void)
{
    for (uint64_t i = 0; i < 2; i++)
        frame[i][1] = i;
    uint64_t *root = table_create(PTE_G);
    entry = table_entry(root, VA);
    *entry = (uint64_t)frame[0] >> 2 | PTE_RW;
    CSR_WRITE(satp, table_satp(root, ASID));
    sfence_all();
    run_in(MODE_S, in_s_mode, 0);
    *entry = (uint64_t)frame[now] >> 2 | PTE_RW | PTE_G;
    run_in(MODE_S, in_s_mode, PTE_G);
}
