/* SPDX-License-Identifier: MIT */
/* An ASID goes to another table: satp first, then SFENCE.VMA with that ASID, and nothing of the old table
 * is seen (norm:sfence_vma_asid_only). Changes of MODE to and from Bare, and of the ASID, take effect at
 * once and without a fence (norm:sfence_vma_mode_effect, norm:sfence_vma_asid_effect). */
#include "lib/env.h"

#define TABLES 3
#define VA UINT64_C(0x18003000)
#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)
#define ASID 7

static uint32_t frame[TABLES][PAGE / 4] __attribute__((aligned(PAGE)));
static uint64_t *root[TABLES];

static void check(unsigned number, uint64_t which)
{
    for (unsigned round = 0; round < 2; round++) {
        uint64_t value = 9999;
        expect(number, TRY("lwu %0, 8(%1)", value, VA), NO_TRAP);
        expect(number + 1, value, which);
        expect(number + 2, try_call((void *)VA, &value), NO_TRAP);
        expect(number + 3, value, which);
    }
}

static uint64_t in_s_mode(uint64_t unused)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 60; i++) {
        CSR_WRITE(satp, table_satp(root[i % TABLES], ASID));
        __asm__ volatile("sfence.vma x0, %0" ::"r"((uint64_t)ASID) : "memory");
        check(1, i % TABLES);
        CSR_WRITE(satp, table_satp(root[i % TABLES], ASID));
        CSR_WRITE(satp, 0); /* Bare: nothing is at the address itself */
        expect(5, TRY("lwu %0, 8(%1)", value, VA), CAUSE_LOAD_ACCESS);
        expect(6, try_call((void *)VA, &value), CAUSE_FETCH_ACCESS);
        CSR_WRITE(satp, table_satp(root[i % TABLES], ASID));
        check(7, i % TABLES);
    }
    sfence_all();
    for (unsigned i = 0; i < 60; i++) {
        CSR_WRITE(satp, table_satp(root[i % TABLES], 20 + i % TABLES));
        check(11, i % TABLES);
    }
    return unused;
}

void test(void)
{
    for (unsigned i = 0; i < TABLES; i++) {
        frame[i][0] = LI_A0(i);
        frame[i][1] = RET;
        frame[i][2] = i;
        root[i] = table_create(0);
        table_map(root[i], VA, (uint64_t)frame[i], PTE_RWX);
    }
    __asm__ volatile("fence.i" ::: "memory");
    CSR_WRITE(satp, table_satp(root[0], ASID));
    sfence_all();
    run_in(MODE_S, in_s_mode, 0);
}
