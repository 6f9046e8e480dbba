/* SPDX-License-Identifier: MIT */
/* once: page tables are given out once */
/* A VMID goes to another second stage: HFENCE.VVMA is no fence for it (norm:hfence-gvma_op). */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/guest.h"

#define VA UINT64_C(0x40000000)
#define GPA UINT64_C(0x50000000)

static uint64_t frames[2][PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t do_load(uint64_t address)
{
    uint64_t value = 0, cause = try_load((void *)address, &value);
    return cause == NO_TRAP ? value : cause;
}

void test(void)
{
    uint64_t *own = deep_create(3, 0), *guest[2];
    *deep_entry(own, 3, VA, 0) = PTE_OF(GPA) | PTE_RW;
    for (unsigned n = 0; n < 2; n++) {
        frames[n][0] = 10 + n;
        guest[n] = guest_create(3);
        *guest_entry(guest[n], 3, GPA, 0) = PTE_OF(frames[n]) | PTE_RW | PTE_U;
    }
    hypervisor_setup();
    CSR_WRITE(vsatp, deep_satp(own, 3, 5));
    CSR_WRITE(hgatp, guest_hgatp(guest[0], 3, 9));
    hfence_vvma_all();
    hfence_gvma_all();
    expect(1, run_in_mode(IN_VS, do_load, VA), 10);
    CSR_WRITE(hgatp, guest_hgatp(guest[1], 3, 9));
    hfence_vvma_all();
    if (FIXED)
        hfence_gvma_all();
    expect(2, run_in_mode(IN_VS, do_load, VA), 11);
}
