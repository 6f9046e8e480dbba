/* SPDX-License-Identifier: MIT */
/* cbo.zero, cbo.clean, cbo.flush and cbo.inval work in M mode always, in S mode as menvcfg says, in U
 * mode as menvcfg and senvcfg say together (norm:menvcfg_cbze_op, norm:menvcfg_cbcfe_op,
 * norm:menvcfg_cbie_warl_op, norm:cbo-zero_basedon_xenvcfg-CBZE); where they are illegal nothing
 * happens. cbo.zero clears its 64 bytes, whichever of them was named (norm:cbo-zero_unaligned), none
 * of them changes anything else, and prefetches are always allowed (norm:cbp_unperm_noexcep). */
/* qemu: no, 7.2 has neither */
#include "lib/env.h"

#define BLOCK 64
#define CBIE_FLUSH (1 << 4)
#define CBIE_INVAL (3 << 4)
#define CBIE_RESERVED (2 << 4)
#define CBCFE (1 << 6)
#define CBZE (1 << 7)
#define ALL (CBIE_INVAL | CBCFE | CBZE)
#define MENVCFG 0x30a
#define SENVCFG 0x10a
#define XSTR(x) #x
#define STR(x) XSTR(x)

static uint8_t memory[4 * BLOCK] __attribute__((aligned(PAGE)));

static void fill(void)
{
    for (unsigned i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)(i + 1);
}

static void expect_memory(unsigned number, uint64_t zeroed_block)
{
    for (unsigned i = 0; i < sizeof memory; i++)
        expect(number, memory[i], i / BLOCK == zeroed_block ? 0 : (uint8_t)(i + 1));
}

/* Bits: what worked, in the order zero, clean, flush, inval. */
static uint64_t try_all(uint64_t at)
{
    uint64_t unused = 0, worked = 0;
    uint64_t traps[4];
    traps[0] = TRY("cbo.zero (%1)", unused, at);
    traps[1] = TRY("cbo.clean (%1)", unused, at);
    traps[2] = TRY("cbo.flush (%1)", unused, at);
    traps[3] = TRY("cbo.inval (%1)", unused, at);
    for (unsigned i = 0; i < 4; i++) {
        if (traps[i] == NO_TRAP)
            worked |= UINT64_C(1) << i;
        else
            expect(1, traps[i], CAUSE_ILLEGAL);
    }
    expect(2, TRY(".4byte 0x0015e013 | 0 << 20\n", unused, at), NO_TRAP); /* ori x0, a1, 1 */
    return worked;
}

static uint64_t allowed_by(uint64_t envcfg)
{
    return ((envcfg & CBZE) != 0) | (uint64_t)((envcfg & CBCFE) != 0) * 6 | (uint64_t)((envcfg & CBIE_INVAL) != 0) * 8;
}

static void check(uint64_t menvcfg, uint64_t senvcfg)
{
    uint64_t in_block_1 = (uint64_t)memory + BLOCK + 13;
    uint64_t want_s = allowed_by(menvcfg), want_u = want_s & allowed_by(senvcfg);
    __asm__ volatile("csrc " STR(MENVCFG) ", %0\n csrs " STR(MENVCFG) ", %1" ::"r"((uint64_t)ALL), "r"(menvcfg));
    __asm__ volatile("csrw " STR(SENVCFG) ", %0" ::"r"(senvcfg));
    fill();
    expect(10, run_in(MODE_S, try_all, in_block_1), want_s);
    expect_memory(11, want_s & 1 ? 1 : 99);
    fill();
    expect(12, run_in(MODE_U, try_all, in_block_1), want_u);
    expect_memory(13, want_u & 1 ? 1 : 99);
    fill();
    expect(14, try_all(in_block_1), 15);
    expect_memory(15, 1);
}

static uint64_t menvcfg_after(uint64_t value)
{
    uint64_t got;
    __asm__ volatile("csrc " STR(MENVCFG) ", %1\n csrs " STR(MENVCFG) ", %2\n csrr %0, " STR(MENVCFG)
                     : "=&r"(got)
                     : "r"((uint64_t)ALL), "r"(value));
    return got & ALL;
}

void test(void)
{
    static const uint64_t settings[] = {0, CBZE, CBCFE, CBIE_FLUSH, CBIE_INVAL, CBZE | CBIE_FLUSH, ALL};
    for (unsigned m = 0; m < 7; m++)
        for (unsigned s = 0; s < 7; s++)
            check(settings[m], settings[s]);
    expect(20, menvcfg_after(ALL), ALL);
    expect(21, (menvcfg_after(CBIE_RESERVED) & CBIE_INVAL) == CBIE_RESERVED, false); /* WARL */
    fill();
    for (unsigned i = 0; i < BLOCK; i++) {
        __asm__ volatile("cbo.zero (%0)" ::"r"(memory + 2 * BLOCK + i) : "memory");
        expect_memory(22, 2);
        memory[2 * BLOCK + i] = 1;
    }
}
