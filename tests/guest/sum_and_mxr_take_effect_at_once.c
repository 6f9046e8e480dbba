/* SPDX-License-Identifier: MIT */
/* S mode switches SUM and MXR between accesses to the same, well-known pages: each access goes by what they
 * are at that moment, without a fence (norm:sfence_vma_sum_mxr_effect, norm:mstatus_sum_op,
 * norm:mstatus_mxr_op). */
/* qemu: no, 7.2 lets S mode run a U page that it has read under SUM and MXR */
#include "lib/env.h"

#define U_PAGE UINT64_C(0x40000000)
#define X_PAGE UINT64_C(0x40001000)
#define UX_PAGE UINT64_C(0x40002000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static void check(bool sum, bool mxr)
{
    uint64_t value = 0;
    CSR_CLEAR(sstatus, MSTATUS_SUM | MSTATUS_MXR);
    CSR_SET(sstatus, (sum ? MSTATUS_SUM : 0) | (mxr ? MSTATUS_MXR : 0));
    for (unsigned round = 0; round < 3; round++) {
        expect(1, try_load((void *)U_PAGE, &value), sum ? NO_TRAP : CAUSE_LOAD_PAGE);
        expect(2, try_store((void *)U_PAGE, 0x8082), sum ? NO_TRAP : CAUSE_STORE_PAGE);
        expect(3, try_load((void *)X_PAGE, &value), mxr ? NO_TRAP : CAUSE_LOAD_PAGE);
        expect(4, try_store((void *)X_PAGE, value), CAUSE_STORE_PAGE);
        expect(5, try_load((void *)UX_PAGE, &value), sum && mxr ? NO_TRAP : CAUSE_LOAD_PAGE);
        expect(6, try_call((void *)X_PAGE, &value), NO_TRAP);
        expect(7, try_call((void *)UX_PAGE, &value), CAUSE_FETCH_PAGE);
    }
}

static uint64_t in_s_mode(uint64_t unused)
{
    for (unsigned i = 0; i < 40; i++)
        check(i & 1, i & 2);
    return unused;
}

/* One straight run of code: the switch stands between two loads. */
static uint64_t straight(uint64_t unused)
{
    uint64_t value = 0, resumed = 0;
    for (unsigned i = 0; i < 10; i++) {
        expect(10,
               TRY("li t2, 0x40000\n csrs sstatus, t2\n ld %0, (%1)\n csrc sstatus, t2\n ld %0, (%1)", value, U_PAGE),
               CAUSE_LOAD_PAGE);
        expect(11, TRY("li t2, 0x40000\n csrs sstatus, t2\n ld %0, (%1)\n csrc sstatus, t2", resumed, U_PAGE), NO_TRAP);
    }
    return unused;
}

void test(void)
{
    uint64_t *root = table_create(0);
    frame[0] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");
    table_map(root, U_PAGE, (uint64_t)frame, PTE_RW | PTE_U);
    table_map(root, X_PAGE, (uint64_t)frame, PTE_V | PTE_X | PTE_A | PTE_D);
    table_map(root, UX_PAGE, (uint64_t)frame, PTE_V | PTE_X | PTE_A | PTE_D | PTE_U);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    run_in(MODE_S, in_s_mode, 0);
    run_in(MODE_S, straight, 0);
}
