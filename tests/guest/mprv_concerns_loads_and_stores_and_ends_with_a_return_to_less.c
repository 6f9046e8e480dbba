/* SPDX-License-Identifier: MIT */
/* Under MPRV loads and stores of M mode go as MPP's would (norm:mstatus_mprv_ldst_op), fetches do not
 * (norm:mstatus_mprv_inst_xlat_op). MRET to S clears it (norm:mstatus_mprv_clr_mret_sret_less_priv),
 * MRET to M leaves it. */
/* qemu: no, 7.2 leaves MPRV set over an MRET to S */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

/* Runs between switching MPRV on and off, in M mode throughout. */
static uint64_t load_as_s(uint64_t address)
{
    uint64_t value;
    __asm__ volatile("csrs mstatus, %2\n ld %0, (%1)\n csrc mstatus, %2"
                     : "=&r"(value)
                     : "r"(address), "r"((uint64_t)(MSTATUS_MPRV | MODE_S << MSTATUS_MPP_SHIFT))
                     : "memory");
    return value;
}

static void store_as_s(uint64_t address, uint64_t value)
{
    __asm__ volatile("csrs mstatus, %2\n sd %0, (%1)\n csrc mstatus, %2" ::"r"(value), "r"(address),
                     "r"((uint64_t)(MSTATUS_MPRV | MODE_S << MSTATUS_MPP_SHIFT))
                     : "memory");
}

static uint64_t nothing(uint64_t value)
{
    return value;
}

static uint64_t mprv_after_mret_to_m(void)
{
    CSR_SET(mstatus, MSTATUS_MPP);
    uint64_t status;
    __asm__ volatile("la t0, 1f\n csrw mepc, t0\n csrs mstatus, %1\n mret\n"
                     "1: csrr %0, mstatus\n csrc mstatus, %1\n"
                     : "=&r"(status)
                     : "r"((uint64_t)MSTATUS_MPRV)
                     : "t0", "memory");
    return status & MSTATUS_MPRV;
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frame, PTE_RW);
    root[2] &= ~(uint64_t)PTE_X; /* S mode could not fetch this code */
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    frame[1] = 77;
    expect(1, load_as_s(VA + 8), 77);
    store_as_s(VA + 16, 78);
    expect(2, frame[2], 78);
    root[2] |= PTE_X;
    sfence_all();
    expect(3, mprv_after_mret_to_m(), MSTATUS_MPRV);
    CSR_SET(mstatus, MSTATUS_MPRV | MSTATUS_MPP);
    expect(4, run_in(MODE_S, nothing, 5), 5);
    uint64_t status = CSR_READ(mstatus);
    CSR_CLEAR(mstatus, MSTATUS_MPRV);
    expect(5, status & MSTATUS_MPRV, 0);
}
