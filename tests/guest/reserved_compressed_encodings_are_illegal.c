/* SPDX-License-Identifier: MIT */
/* The 16-bit encodings that the manual reserves, and all zeros, executed one by one: illegal
 * instructions whose tval is the halfword (norm:Zca_illegal, norm:c-addi4spn_rsv, norm:c-addiw_rsv,
 * norm:c-addi16sp_rsv, norm:c-lui_rsv, norm:c-lwsp_rsv, norm:c-ldsp_rsv, norm:c-jr_rsv). Their
 * neighbours, hints among them (norm:Zca_hints), run. */
#include "lib/env.h"

#define C_JR_RA 0x8082

/* c.jr ra stands behind the halfword, in the same word. */
static uint16_t code[64] __attribute__((aligned(64)));

static uint64_t run(uint64_t halfword)
{
    uint64_t value = 0;
    code[0] = (uint16_t)halfword;
    code[1] = C_JR_RA;
    __asm__ volatile("fence.i" ::: "memory");
    return try_call(code, &value);
}

static void illegal(unsigned number, uint64_t halfword)
{
    expect(number, run(halfword), CAUSE_ILLEGAL);
    expect(number, self()->tval, halfword);
    expect(number, self()->epc, (uint64_t)code);
}

static void legal(unsigned number, uint64_t halfword)
{
    expect(number, run(halfword), NO_TRAP);
}

static void quadrant_0(void)
{
    for (uint64_t rd = 0; rd < 8; rd++)
        illegal(1, rd << 2); /* c.addi4spn of 0; rd = 0: the defined illegal one */
    for (uint64_t rest = 0; rest < 1 << 11; rest++)
        illegal(2, UINT64_C(4) << 13 | rest << 2); /* funct3 100 */
}

static void quadrant_1(void)
{
    for (uint64_t imm = 0; imm < 64; imm++)
        illegal(10, 0x2001 | (imm & 31) << 2 | (imm >> 5) << 12); /* c.addiw into x0 */
    for (uint64_t rd = 0; rd < 32; rd++)
        illegal(11, 0x6001 | rd << 7); /* c.lui of 0; rd = 2: c.addi16sp of 0 */
    for (uint64_t low = 0; low < 8; low++)
        for (uint64_t high = 0; high < 8; high++) {
            illegal(12, 0x9c41 | low << 2 | high << 7); /* 100 1 11 ... 10 */
            illegal(13, 0x9c61 | low << 2 | high << 7); /* 100 1 11 ... 11 */
        }
}

static void quadrant_2(void)
{
    for (uint64_t imm = 0; imm < 64; imm++) {
        illegal(20, 0x4002 | (imm & 31) << 2 | (imm >> 5) << 12); /* c.lwsp into x0 */
        illegal(21, 0x6002 | (imm & 31) << 2 | (imm >> 5) << 12); /* c.ldsp into x0 */
    }
    illegal(22, 0x8002); /* c.jr x0 */
    expect(23, run(0x9002), CAUSE_BREAKPOINT);
}

/* t2 is free for use; the hints write to x0 or change nothing. */
static void neighbours(void)
{
    for (uint64_t imm = 1; imm < 32; imm++) {
        legal(30, 0x0001 | imm << 2); /* c.nop imm */
        legal(31, 0x6001 | imm << 2); /* c.lui x0 */
        legal(32, 0x4001 | imm << 2); /* c.li x0 */
        legal(33, 0x8002 | imm << 2); /* c.mv x0 */
        legal(34, 0x9002 | imm << 2); /* c.add x0, ra... */
        legal(35, 0x0002 | imm << 2); /* c.slli x0 */
        legal(36, 0x6381 | imm << 2); /* c.lui t2 */
        legal(37, 0x2381 | imm << 2); /* c.addiw t2 */
    }
    legal(38, 0x0381); /* c.addi t2, 0 */
    legal(39, 0x0382); /* c.slli t2, 0 */
    for (uint64_t rd = 0; rd < 8; rd++) {
        legal(40, 0x8001 | rd << 7); /* c.srli rd', 0 */
        legal(41, 0x8401 | rd << 7); /* c.srai rd', 0 */
    }
}

void test(void)
{
    quadrant_0();
    quadrant_1();
    quadrant_2();
    neighbours();
}
