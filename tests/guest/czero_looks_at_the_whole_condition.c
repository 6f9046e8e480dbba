/* SPDX-License-Identifier: MIT */
/* czero.eqz gives 0 if its condition is 0, czero.nez if it is not, with any of its 64 bits
 * (norm:czero-eqz_op, norm:czero-nez_op); destination and operands may be the same register. */
/* qemu: no, 7.2 has no Zicond */
#include "lib/env.h"

#define VALUE UINT64_C(0x8000000012345678)
#define EQZ(rd, rs1, rs2) ".insn r 0x33, 5, 7, " rd ", " rs1 ", " rs2
#define NEZ(rd, rs1, rs2) ".insn r 0x33, 7, 7, " rd ", " rs1 ", " rs2

static void check(uint64_t condition)
{
    uint64_t eqz, nez, over_value = VALUE, over_condition = condition, twice = condition;
    __asm__ volatile(EQZ("%0", "%1", "%2") : "=r"(eqz) : "r"(VALUE), "r"(condition));
    __asm__ volatile(NEZ("%0", "%1", "%2") : "=r"(nez) : "r"(VALUE), "r"(condition));
    expect(1, eqz, condition != 0 ? VALUE : 0);
    expect(2, nez, condition != 0 ? 0 : VALUE);
    __asm__ volatile(EQZ("%0", "%0", "%1") : "+r"(over_value) : "r"(condition));
    expect(3, over_value, eqz);
    __asm__ volatile(NEZ("%0", "%1", "%0") : "+r"(over_condition) : "r"(VALUE));
    expect(4, over_condition, nez);
    __asm__ volatile(EQZ("%0", "%0", "%0") : "+r"(twice));
    expect(5, twice, condition);
    __asm__ volatile(NEZ("%0", "%1", "x0") : "=r"(nez) : "r"(VALUE));
    expect(6, nez, VALUE);
    __asm__ volatile(EQZ("%0", "x0", "%1") : "=r"(eqz) : "r"(condition));
    expect(7, eqz, 0);
    __asm__ volatile(EQZ("x0", "%1", "%1") "\n" NEZ("x0", "%1", "x0") "\n addi %0, x0, 0" : "=r"(eqz) : "r"(VALUE));
    expect(8, eqz, 0);
}

void test(void)
{
    check(0);
    check(UINT64_MAX);
    for (unsigned bit = 0; bit < 64; bit++)
        check(UINT64_C(1) << bit);
}
