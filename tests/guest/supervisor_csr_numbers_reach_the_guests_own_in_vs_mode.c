/* SPDX-License-Identifier: MIT */
/* norm:H_vscsrs_sub, norm:H_vscsrs_v1: sstatus, stvec, sscratch, sepc, scause, stval and satp are VS mode's own there, and
 * HS mode's stay as they were; senvcfg and scounteren are one for both (norm:H_scsrs_nomatch). The guest's registers
 * hold what HS mode's hold (norm:vsepc_warl, norm:vscause_wlrl, norm:vstval_warl).
 * norm:vsatp_mode_unsupported_v1: an unsupported MODE leaves vsatp whole. */
#include "lib/virt.h"

#define STATUS (MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR)

/* x(number, supervisor's name, guest's name, bits that count, value) */
#define EACH(x)                                                                                                        \
    x(1, sstatus, vsstatus, STATUS, MSTATUS_SUM) x(2, stvec, vstvec, UINT64_MAX, 0x80004001)                           \
        x(3, sscratch, vsscratch, UINT64_MAX, 0x1111) x(4, sepc, vsepc, UINT64_MAX, 0x80002222)                        \
            x(5, scause, vscause, UINT64_MAX, INTERRUPT(9)) x(6, stval, vstval, UINT64_MAX, UINT64_MAX)                \
                x(7, satp, vsatp, UINT64_MAX, SATP_ASID(3))

static uint64_t write_all(uint64_t unused)
{
#define WRITE(n, name, guests, mask, value)                                                                            \
    CSR_WRITE(name, value);                                                                                            \
    expect(10 + n, CSR_READ(name) & (mask), value);
    EACH(WRITE)
    CSR_WRITE(satp, UINT64_C(11) << 60 | 0x80456);
    expect(20, CSR_READ(satp), SATP_ASID(3));
    CSR_WRITE(scounteren, 0x25);
    CSR_WRITE(senvcfg, 1);
    return unused;
}

static void clear_all(void)
{
#define CLEAR(n, name, guests, mask, value)                                                                            \
    CSR_WRITE(name, 0);                                                                                                \
    CSR_WRITE(guests, 0);
    EACH(CLEAR)
    CSR_WRITE(scounteren, 0);
    CSR_WRITE(senvcfg, 0);
}

void test(void)
{
    CSR_WRITE(mstateen0, STATEEN_SE | STATEEN_ENVCFG);
    CSR_WRITE(hstateen0, STATEEN_SE | STATEEN_ENVCFG);
    clear_all();
    run_in_mode(IN_VS, write_all, 0);
#define EXPECT_GUESTS(n, name, guests, mask, value)                                                                    \
    expect(30 + n, CSR_READ(guests) & (mask), value);                                                                  \
    expect(40 + n, CSR_READ(name) & (mask), 0);
    EACH(EXPECT_GUESTS)
    expect(50, CSR_READ(scounteren), 0x25);
    expect(51, CSR_READ(senvcfg), 1);
    clear_all();
    run_in_mode(IN_HS, write_all, 0);
#define EXPECT_OWN(n, name, guests, mask, value)                                                                       \
    expect(60 + n, CSR_READ(name) & (mask), value);                                                                    \
    expect(70 + n, CSR_READ(guests) & (mask), 0);
    EACH(EXPECT_OWN)
}
