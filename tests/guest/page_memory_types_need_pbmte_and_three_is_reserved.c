/* SPDX-License-Identifier: MIT */
/* With menvcfg.PBMTE the types NC and IO in a leaf are as good as PMA for a plain access, and 3 is a page
 * fault (norm:Svpbmt_leaf_pte_pbmt_reserved_3_fault); without, all but 0 are (norm:Sv39_pte_svpbmt_rsv). */
/* qemu: no, 7.2 has no Svpbmt by default */
#include "lib/deep.h"

#define VA UINT64_C(0x40000000)
#define PBMTE (UINT64_C(1) << 62)

static uint16_t frame[PAGE / 2] __attribute__((aligned(2 << 20)));
static volatile uint64_t *entry;

static uint64_t in_s_mode(uint64_t pbmte)
{
    for (unsigned type = 0; type < 4; type++) {
        bool valid = type == 0 || (pbmte && type < 3);
        uint64_t value = 0;
        *entry = PTE_OF(frame) | PTE_RWX | PTE_PBMT(type);
        sfence_all();
        for (unsigned round = 0; round < 2; round++) {
            expect(1, try_load((void *)VA, &value), valid ? NO_TRAP : CAUSE_LOAD_PAGE);
            expect(2, try_store((void *)(VA + 64), 7 + type), valid ? NO_TRAP : CAUSE_STORE_PAGE);
            expect(3, try_call((void *)VA, &value), valid ? NO_TRAP : CAUSE_FETCH_PAGE);
            if (valid)
                expect(4, ((volatile uint16_t *)frame)[32], 7 + type);
        }
    }
    return 0;
}

void test(void)
{
    for (unsigned i = 0; i < PAGE / 2; i++)
        frame[i] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t *root = deep_create(3, 0);
    CSR_WRITE(satp, deep_satp(root, 3, 0));
    for (unsigned level = 0; level < 2; level++) {
        entry = deep_entry(root, 3, VA, level);
        CSR_SET(0x30a, PBMTE);
        expect(5, CSR_READ(0x30a) & PBMTE, PBMTE);
        run_in(MODE_S, in_s_mode, 1);
        CSR_CLEAR(0x30a, PBMTE);
        sfence_all();
        run_in(MODE_S, in_s_mode, 0);
    }
}
