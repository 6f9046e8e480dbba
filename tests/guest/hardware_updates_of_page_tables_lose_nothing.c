/* SPDX-License-Identifier: MIT */
/* Hardware sets A and D atomically: what another hart writes into the same entry meanwhile stays
 * (norm:Svadu_hw_update_a_d_bits). */
/* cpus: 4 */
/* options: --cpu svadu=on */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define ADUE (UINT64_C(1) << 61)
#define SOFTWARE_BIT UINT64_C(0x100)
#define ROUNDS 3000

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));
static volatile uint64_t *entry;
static volatile uint64_t go, stopped;
static uint64_t satp;

static uint64_t store_forever(uint64_t unused)
{
    (void)unused;
    while (!stopped) {
        __asm__ volatile("sfence.vma" ::: "memory");
        *(volatile uint64_t *)VA = 1;
    }
    return 0;
}

void other_hart(void);
void other_hart(void)
{
    while (!go) {
    }
    CSR_SET(0x30a, ADUE);
    CSR_WRITE(satp, satp);
    run_in(MODE_S, store_forever, 0);
}

static uint64_t amo(bool set, uint64_t bits)
{
    uint64_t old;
    if (set)
        __asm__ volatile("amoor.d %0, %2, %1" : "=r"(old), "+A"(*entry) : "r"(bits) : "memory");
    else
        __asm__ volatile("amoand.d %0, %2, %1" : "=r"(old), "+A"(*entry) : "r"(~bits) : "memory");
    return old;
}

void test(void)
{
    uint64_t harts = wait_for_harts(4);
    uint64_t *root = table_create(0);
    entry = table_entry(root, VA);
    *entry = (uint64_t)frame >> 2 | PTE_V | PTE_R | PTE_W;
    satp = table_satp(root, 0);
    CSR_SET(0x30a, ADUE);
    CSR_WRITE(satp, satp);
    __asm__ volatile("fence" ::: "memory");
    go = harts > 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        expect(1, amo(true, SOFTWARE_BIT) & SOFTWARE_BIT, 0);
        uint64_t old = amo(false, SOFTWARE_BIT | PTE_A | PTE_D);
        expect(2, old & SOFTWARE_BIT, SOFTWARE_BIT);
        expect(3, (old & PTE_D) && !(old & PTE_A), false);
        expect(4, old & ~(SOFTWARE_BIT | PTE_A | PTE_D), (uint64_t)frame >> 2 | PTE_V | PTE_R | PTE_W);
    }
    stopped = 1;
}
