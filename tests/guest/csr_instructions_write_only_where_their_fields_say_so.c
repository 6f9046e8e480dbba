/* SPDX-License-Identifier: MIT */
/* CSRRS and CSRRC with rs1 = x0, and their immediate forms with 0, do not write: legal on read-only
 * CSRs (norm:csrrs_csrrc_rs1_x0, norm:csrrsi_csrrci_uimm_zero). Any other register writes, even one that
 * holds 0 (norm:Zicsr_write_ro), and CSRRW always does. What is illegal changes nothing. */
/* qemu: no, 7.2 lets CSRRS and CSRRC pass if the register holds 0 */
#include "lib/env.h"

static uint64_t value_after(uint64_t cause, uint64_t want_cause, uint64_t value)
{
    expect(90, cause, want_cause);
    return value;
}

#define READ_ONLY(instruction, cause)                                                                                  \
    ({                                                                                                                 \
        uint64_t value = 0x1234;                                                                                       \
        uint64_t got = TRY(instruction, value, UINT64_C(0));                                                           \
        value_after(got, cause, value);                                                                                \
    })

/* mhartid is 0 on the hart that runs the test. */
static void check_read_only(void)
{
    expect(1, READ_ONLY("csrrs %0, mhartid, x0", NO_TRAP), 0);
    expect(2, READ_ONLY("csrrc %0, mhartid, x0", NO_TRAP), 0);
    expect(3, READ_ONLY("csrrsi %0, mhartid, 0", NO_TRAP), 0);
    expect(4, READ_ONLY("csrrci %0, mhartid, 0", NO_TRAP), 0);
    expect(5, READ_ONLY("csrrs %0, mhartid, %1", CAUSE_ILLEGAL), 0x1234);
    expect(6, READ_ONLY("csrrc %0, mhartid, %1", CAUSE_ILLEGAL), 0x1234);
    expect(7, READ_ONLY("csrrsi %0, mhartid, 1", CAUSE_ILLEGAL), 0x1234);
    expect(8, READ_ONLY("csrrci %0, mhartid, 1", CAUSE_ILLEGAL), 0x1234);
    expect(9, READ_ONLY("csrrw %0, mhartid, x0", CAUSE_ILLEGAL), 0x1234);
    expect(10, READ_ONLY("csrrwi %0, mhartid, 0", CAUSE_ILLEGAL), 0x1234);
    expect(11, READ_ONLY("csrrs x0, cycle, x0", NO_TRAP), 0x1234);
    expect(12, READ_ONLY("csrrw x0, cycle, x0", CAUSE_ILLEGAL), 0x1234);
    expect(13, self()->tval, 0xc0001073);
    expect(14, READ_ONLY("csrrs x0, instret, %1", CAUSE_ILLEGAL), 0x1234);
    expect(15, READ_ONLY("csrrwi x0, time, 0", CAUSE_ILLEGAL), 0x1234);
}

#define WRITABLE(instruction, out)                                                                                     \
    ({                                                                                                                 \
        uint64_t value = 0xf0f0;                                                                                       \
        CSR_WRITE(mscratch, 0xff00);                                                                                   \
        __asm__ volatile(instruction : "+r"(value)::"memory");                                                         \
        *(out) = CSR_READ(mscratch);                                                                                   \
        CSR_WRITE(mscratch, self());                                                                                   \
        value;                                                                                                         \
    })

static void check_writable(void)
{
    uint64_t now;
    expect(20, WRITABLE("csrrw %0, mscratch, %0", &now), 0xff00);
    expect(21, now, 0xf0f0);
    expect(22, WRITABLE("csrrs %0, mscratch, %0", &now), 0xff00);
    expect(23, now, 0xfff0);
    expect(24, WRITABLE("csrrc %0, mscratch, %0", &now), 0xff00);
    expect(25, now, 0x0f00);
    expect(26, WRITABLE("csrrwi %0, mscratch, 31", &now), 0xff00);
    expect(27, now, 31);
    expect(28, WRITABLE("csrrsi %0, mscratch, 17", &now), 0xff00);
    expect(29, now, 0xff11);
    expect(30, WRITABLE("csrrci %0, mscratch, 0", &now), 0xff00);
    expect(31, now, 0xff00);
    expect(32, WRITABLE("csrrw x0, mscratch, %0", &now), 0xf0f0);
    expect(33, now, 0xf0f0);
    expect(34, WRITABLE("csrrw %0, mscratch, x0", &now), 0xff00);
    expect(35, now, 0);
    expect(36, WRITABLE("csrrs x0, mscratch, %0", &now), 0xf0f0);
    expect(37, now, 0xfff0);
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        check_read_only();
        check_writable();
    }
}
