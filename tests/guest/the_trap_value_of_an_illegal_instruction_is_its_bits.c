/* SPDX-License-Identifier: MIT */
/* xtval holds the bits of the illegal instruction in its low part, zeros above
 * (norm:mtval_instr_bits_list, norm:mtval_ill_instr_exc_in_low_bits): two bytes of a 16-bit one, four of
 * another, wherever it stands. */
#include "lib/env.h"

#define C_NOP 0x0001

static uint16_t code[PAGE] __attribute__((aligned(PAGE)));

static void check(unsigned at, uint32_t bits)
{
    uint64_t value = 0;
    bool half = (bits & 3) != 3;
    code[at - 1] = C_NOP;
    code[at] = (uint16_t)bits;
    code[at + 1] = half ? 0xffff : bits >> 16;
    __asm__ volatile("fence.i" ::: "memory");
    for (unsigned round = 0; round < 2; round++)
        for (unsigned back = 0; back < 2; back++) {
            expect(1, try_call(&code[at - back], &value), CAUSE_ILLEGAL);
            expect(2, self()->epc, (uint64_t)&code[at]);
            expect(3, self()->tval, bits);
        }
}

static uint64_t in_mode(uint64_t unused)
{
    /* Reserved: all zeros, c.jr x0, c.lwsp x0, c.addiw x0, c.addi4spn with 0; custom-0, an AMO of 16 bytes,
     * SRET with rd, a CSR that is not there, OP with a funct7 of nobody, all ones. */
    static const uint32_t bits[] = {0x0000,     0x8002,     0x4002,     0x2001,     0x0004,    0x0000000b,
                                    0x0000652f, 0x102000f3, 0x3c002573, 0xfe000033, 0xffffffff};
    for (unsigned i = 0; i < sizeof bits / sizeof *bits; i++)
        for (unsigned at = PAGE / 2 - 3; at < PAGE / 2 + 2; at++)
            check(at, bits[i]);
    return unused;
}

void test(void)
{
    in_mode(0);
    uint64_t *root = table_create(0);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    run_in(MODE_S, in_mode, 0);
}
