/* SPDX-License-Identifier: MIT */
/* once: page tables are given out once */
/* vsatp and then hgatp go to other tables under the same ASID and VMID: HFENCE.VVMA and HFENCE.GVMA make the guest see them
 * (norm:hfence-vvma_mode, norm:hgatp_op_hfence_gvma), and neither does the other's work. */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/guest.h"

#define VA UINT64_C(0x40000000)
#define GPA UINT64_C(0x50000000)

static uint64_t frames[3][PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t do_load(uint64_t address)
{
    uint64_t value = 0, cause = try_load((void *)address, &value);
    return cause == NO_TRAP ? value : cause;
}

static uint64_t seen(void)
{
    return run_in_mode(IN_VS, do_load, VA);
}

void test(void)
{
    uint64_t *own[2], *guest[2];
    for (unsigned n = 0; n < 2; n++) {
        own[n] = deep_create(3, 0);
        guest[n] = guest_create(3);
        *deep_entry(own[n], 3, VA, 0) = PTE_OF(GPA + n * PAGE) | PTE_RW;
        *guest_entry(guest[n], 3, GPA, 0) = PTE_OF(frames[0]) | PTE_RW | PTE_U;
        *guest_entry(guest[n], 3, GPA + PAGE, 0) = PTE_OF(frames[1 + n]) | PTE_RW | PTE_U;
    }
    for (unsigned n = 0; n < 3; n++)
        frames[n][0] = 10 + n;
    hypervisor_setup();
    CSR_WRITE(vsatp, deep_satp(own[0], 3, 5));
    CSR_WRITE(hgatp, guest_hgatp(guest[0], 3, 9));
    hfence_vvma_all();
    hfence_gvma_all();
    expect(1, seen(), 10);
    CSR_WRITE(vsatp, deep_satp(own[1], 3, 5));
    if (FIXED)
        hfence_vvma_all();
    expect(2, seen(), 11);
    CSR_WRITE(hgatp, guest_hgatp(guest[1], 3, 9));
    if (FIXED)
        hfence_gvma_all();
    expect(3, seen(), 12);
}
