/* SPDX-License-Identifier: MIT */
/* A, D and U are reserved in an entry that points to a table, N and PBMT too: page fault
 * (norm:Sv39_pte_future_rsv, norm:Svpbmt_nonleaf_pte_pbmt_must_be_zero). G is allowed, and the software bits. */
/* qemu: no, 7.2 does not look at these bits */
#include "lib/deep.h"

#define VA UINT64_C(0x40003000)
#define RSW UINT64_C(0x300)

static uint16_t frame[PAGE / 2] __attribute__((aligned(PAGE)));
static volatile uint64_t *pointer;

static void check(unsigned number, uint64_t bits, bool valid)
{
    uint64_t good = *pointer, value = 0;
    *pointer = good | bits;
    sfence_all();
    for (unsigned round = 0; round < 2; round++) {
        expect(number, try_load((void *)VA, &value), valid ? NO_TRAP : CAUSE_LOAD_PAGE);
        expect(number + 1, try_store((void *)(VA + 64), value), valid ? NO_TRAP : CAUSE_STORE_PAGE);
        expect(number + 2, try_call((void *)VA, &value), valid ? NO_TRAP : CAUSE_FETCH_PAGE);
    }
    expect(number + 3, *pointer, good | bits);
    *pointer = good;
}

static uint64_t in_s_mode(uint64_t unused)
{
    check(1, 0, true);
    check(5, PTE_A, false);
    check(9, PTE_D, false);
    check(13, PTE_U, false);
    check(17, PTE_G, true);
    check(21, RSW, true);
    check(25, PTE_N, false);
    for (unsigned pbmt = 1; pbmt < 4; pbmt++)
        check(29, PTE_PBMT(pbmt), false);
    for (unsigned bit = 54; bit < 61; bit++)
        check(33, UINT64_C(1) << bit, false);
    return unused;
}

void test(void)
{
    for (unsigned i = 0; i < PAGE / 2; i++)
        frame[i] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t *root = deep_create(3, 0);
    *deep_entry(root, 3, VA, 0) = PTE_OF(frame) | PTE_RWX;
    CSR_WRITE(satp, deep_satp(root, 3, 0));
    for (unsigned level = 1; level < 3; level++) {
        pointer = deep_entry(root, 3, VA, level);
        run_in(MODE_S, in_s_mode, 0);
    }
}
