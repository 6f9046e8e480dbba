/* SPDX-License-Identifier: MIT */
/* A table or a page that lies in no memory at all: an access fault of the type of the access that wanted
 * it, with the virtual address (norm:mtval_vaddr_not_paddr), not a page fault. */
/* qemu: no, 7.2 makes a page fault of it */
#include "lib/deep.h"

#define NOWHERE UINT64_C(0x18000000)
#define FAR_AWAY (UINT64_C(1) << 55)
#define VA UINT64_C(0x40003000)

static uint64_t *root;

static void check(void)
{
    uint64_t value = 0;
    sfence_all();
    for (unsigned round = 0; round < 2; round++) {
        expect(1, TRY("ld %0, 16(%1)", value, VA), CAUSE_LOAD_ACCESS);
        expect(2, self()->tval, VA + 16);
        expect(3, TRY("sd %0, 16(%1)", value, VA), CAUSE_STORE_ACCESS);
        expect(4, self()->tval, VA + 16);
        expect(5, TRY("amoor.d x0, %0, (%1)", value, VA), CAUSE_STORE_ACCESS);
        expect(6, TRY("lr.d x0, (%1)", value, VA), CAUSE_LOAD_ACCESS);
        expect(7, try_call((void *)VA, &value), CAUSE_FETCH_ACCESS);
        expect(8, self()->tval, VA);
        expect(9, self()->epc, VA);
    }
}

static uint64_t in_s_mode(uint64_t pa)
{
    for (unsigned level = 1; level < 3; level++) {
        volatile uint64_t *entry = deep_entry(root, 3, VA, level);
        uint64_t old = *entry;
        *entry = PTE_OF(pa) | PTE_V;
        check();
        *entry = old;
    }
    *deep_entry(root, 3, VA, 0) = PTE_OF(pa) | PTE_RWX;
    check();
    return 0;
}

void test(void)
{
    root = deep_create(3, 0);
    deep_entry(root, 3, VA, 0);
    CSR_WRITE(satp, deep_satp(root, 3, 0));
    run_in(MODE_S, in_s_mode, NOWHERE);
    run_in(MODE_S, in_s_mode, FAR_AWAY);
}
