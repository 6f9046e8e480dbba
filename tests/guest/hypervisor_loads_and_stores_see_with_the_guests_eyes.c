/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* HLV, HLVX and HSV from M, HS and (under HU) U mode go through both stages at SPVP's privilege, whatever MPRV, SUM and satp
 * say (norm:hlsv_priv, norm:hlsv_trans, norm:mstatus_mprv_hlsv); HLVX reads what may be executed
 * (norm:hlsv_u_op); MXR opens as ever (norm:hlsv_sstatus_mxr, norm:hlsv_vsstatus_mxr). A fault of
 * theirs says GVA (norm:hstatus_gva_op) and shows them in mtinst with no rs1. A guest has no such instruction
 * (norm:hlsv_virtinst).
 * qemu: no, its 7.2 lets HLVX read what is readable only */
#include "lib/guest.h"

#define VA UINT64_C(0x40000000)
#define GPA UINT64_C(0x50000000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));
static volatile uint64_t *leaf, *page;

static uint64_t load_d(uint64_t address)
{
    uint64_t value = 0, cause = TRY(HLV_D, value, address);
    return cause == NO_TRAP ? value : cause;
}

static uint64_t load_w(uint64_t address)
{
    uint64_t value = 0, cause = TRY(HLV_W, value, address);
    return cause == NO_TRAP ? value : cause;
}

static uint64_t execute_hu(uint64_t address)
{
    uint64_t value = 0, cause = TRY(HLVX_HU, value, address);
    return cause == NO_TRAP ? value : cause;
}

static uint64_t store_d(uint64_t address)
{
    uint64_t value = address * 5;
    return TRY(HSV_D, value, address);
}

static void set(uint64_t leaf_bits, uint64_t page_bits)
{
    *leaf = PTE_OF(GPA) | leaf_bits;
    *page = PTE_OF(frame) | page_bits;
    hfence_gvma_all();
    hfence_vvma_all();
}

static void the_same_from_every_mode(unsigned number, uint64_t (*call)(uint64_t (*)(uint64_t), uint64_t))
{
    set(PTE_RW, PTE_RW | PTE_U);
    frame[1] = UINT64_C(0xfedcba9876543210);
    frame[2] = 0;
    CSR_SET(hstatus, HSTATUS_SPVP);
    expect(number, call(load_d, VA + 8), UINT64_C(0xfedcba9876543210));
    expect(number, call(load_w, VA + 12), UINT64_C(0xfffffffffedcba98));
    expect(number, call(store_d, VA + 16), NO_TRAP);
    expect(number, frame[2], (VA + 16) * 5);
    expect(number, call(execute_hu, VA + 8), CAUSE_LOAD_PAGE);
    set(PTE_V | PTE_X | PTE_A, PTE_RW | PTE_U);
    expect(number, call(execute_hu, VA + 8), CAUSE_LOAD_GUEST);
    expect(number, self()->tval, VA + 8);
    expect(number, self()->tval2, (GPA + 8) >> 2);
    expect(number, self()->tinst & 0xfffff07f, UINT64_C(0x64304073));
    expect(number, self()->status & (MSTATUS_GVA | MSTATUS_MPV), MSTATUS_GVA);
    set(PTE_V | PTE_X | PTE_A, PTE_V | PTE_X | PTE_U | PTE_A);
    expect(number, call(execute_hu, VA + 8), 0x3210);
    expect(number, call(load_d, VA + 8), CAUSE_LOAD_PAGE);
    CSR_SET(sstatus, MSTATUS_MXR);
    expect(number, call(load_d, VA + 8), UINT64_C(0xfedcba9876543210));
    CSR_CLEAR(sstatus, MSTATUS_MXR);
    CSR_SET(vsstatus, MSTATUS_MXR);
    expect(number, call(load_d, VA + 8), CAUSE_LOAD_GUEST);
    CSR_CLEAR(vsstatus, MSTATUS_MXR);
    set(PTE_RW | PTE_U, PTE_RW | PTE_U);
    CSR_SET(sstatus, MSTATUS_SUM);
    expect(number, call(load_d, VA + 8), CAUSE_LOAD_PAGE);
    CSR_CLEAR(sstatus, MSTATUS_SUM);
    CSR_SET(vsstatus, MSTATUS_SUM);
    expect(number, call(load_d, VA + 8), UINT64_C(0xfedcba9876543210));
    CSR_CLEAR(vsstatus, MSTATUS_SUM);
    CSR_CLEAR(hstatus, HSTATUS_SPVP);
    expect(number, call(load_d, VA + 8), UINT64_C(0xfedcba9876543210));
    set(PTE_RW, PTE_RW | PTE_U);
    expect(number, call(store_d, VA + 8), CAUSE_STORE_PAGE);
}

static uint64_t in_m(uint64_t (*function)(uint64_t), uint64_t argument)
{
    return function(argument);
}

static uint64_t in_hs(uint64_t (*function)(uint64_t), uint64_t argument)
{
    return run_in(MODE_S, function, argument);
}

static uint64_t in_u(uint64_t (*function)(uint64_t), uint64_t argument)
{
    return run_in(MODE_U, function, argument);
}

void test(void)
{
    uint64_t *own = deep_create(3, 0), *guest = guest_create(4);
    leaf = deep_entry(own, 3, VA, 0);
    page = guest_entry(guest, 4, GPA, 0);
    CSR_WRITE(vsatp, deep_satp(own, 3, 1));
    CSR_WRITE(hgatp, guest_hgatp(guest, 4, 1));
    the_same_from_every_mode(1, in_m);
    the_same_from_every_mode(2, in_hs);
    expect(3, in_u(load_d, VA), CAUSE_ILLEGAL);
    CSR_SET(hstatus, HSTATUS_HU);
    the_same_from_every_mode(4, in_u);
    expect(5, run_in_mode(IN_VS, load_d, VA), CAUSE_VIRTUAL);
    expect(6, run_in_mode(IN_VS, store_d, VA), CAUSE_VIRTUAL);
}
