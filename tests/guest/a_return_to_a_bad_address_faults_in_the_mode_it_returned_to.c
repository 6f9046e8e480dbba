/* SPDX-License-Identifier: MIT */
/* MRET or SRET to where nothing can be fetched: the return completes, and the fetch fault is one of the new
 * mode, with xepc and xtval the address (norm:mstatus_xret_op, norm:mtval_vaddr_wr1). */
#include "lib/env.h"

#define S_PAGE UINT64_C(0x40000000)
#define U_PAGE UINT64_C(0x40001000)
#define NO_PAGE UINT64_C(0x40002000)
#define NO_ADDRESS (UINT64_C(1) << 45)

static uint16_t frame[PAGE / 2] __attribute__((aligned(PAGE)));

/* A return by `ret` from M mode to `epc`; the trap handler goes on behind it, in the mode returned to, and
 * comes back by the ecall that ends run_in(). */
#define RETURN_TO(ret, name, status, address)                                                                          \
    do {                                                                                                               \
        uint64_t value = 0;                                                                                            \
        CSR_CLEAR(mstatus, MSTATUS_MPP | MSTATUS_SPP);                                                                 \
        CSR_SET(mstatus, status);                                                                                      \
        CSR_WRITE(name, address);                                                                                      \
        __asm__ volatile("sd sp, 64(tp)\n la t1, 2f\n sd t1, 72(tp)\n la t1, 1f\n sd t1, 32(tp)\n li a7, 0x4d\n " ret  \
                         "\n j .\n 1: ecall\n 2:\n"                                                                    \
                         : "+r"(value)                                                                                 \
                         :                                                                                             \
                         : "t0", "t1", "a7", "ra", "memory");                                                          \
    } while (0)

static void check(unsigned number, uint64_t address, unsigned mode)
{
    expect(number, self()->cause, CAUSE_FETCH_PAGE);
    expect(number + 1, self()->epc, address);
    expect(number + 2, self()->tval, address);
    /* The ecall was made in the mode that the handler returned to: that of the fault. */
    expect(number + 3, CSR_READ(mstatus) >> MSTATUS_MPP_SHIFT & 3, mode);
}

static void check_all(uint64_t *root)
{
    static const uint64_t addresses[] = {NO_PAGE, NO_PAGE + PAGE - 2, NO_ADDRESS, -NO_ADDRESS + 2};
    for (unsigned i = 0; i < 4; i++) {
        root[2] &= ~(uint64_t)PTE_U;
        sfence_all();
        RETURN_TO("mret", mepc, MODE_S << MSTATUS_MPP_SHIFT, addresses[i]);
        check(1, addresses[i], MODE_S);
        RETURN_TO("sret", sepc, MSTATUS_SPP, addresses[i]);
        check(5, addresses[i], MODE_S);
        RETURN_TO("mret", mepc, MODE_S << MSTATUS_MPP_SHIFT, U_PAGE);
        check(9, U_PAGE, MODE_S);
        root[2] |= PTE_U;
        sfence_all();
        RETURN_TO("mret", mepc, MODE_U, addresses[i]);
        check(13, addresses[i], MODE_U);
        RETURN_TO("sret", sepc, 0, addresses[i]);
        check(17, addresses[i], MODE_U);
        RETURN_TO("mret", mepc, MODE_U, S_PAGE);
        check(21, S_PAGE, MODE_U);
    }
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, S_PAGE, (uint64_t)frame, PTE_RWX);
    table_map(root, U_PAGE, (uint64_t)frame, PTE_RWX | PTE_U);
    CSR_WRITE(satp, table_satp(root, 0));
    for (unsigned round = 0; round < 3; round++)
        check_all(root);
}
