/* SPDX-License-Identifier: MIT */
/* Fetches by S and U mode need PMP's X (norm:pmp_exec_fault): with code that ran before, and where
 * the permission ends within a page, between two instructions or within one. */
/* qemu: no, it checks where a block of code starts, not each fetch */
#include "lib/env.h"

#define NOP UINT32_C(0x00000013)
#define C_NOP 0x0001
#define RET UINT32_C(0x00008067)
#define NAPOT 0x18
#define TOR 0x08
#define RWX 7
#define RW 3

static uint32_t code[PAGE / 4] __attribute__((aligned(PAGE)));

/* Entry 1 says what may be done from `from` to the end of the page, entry 2 allows the rest. */
static void set(uint64_t from, uint64_t permissions)
{
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, from >> 2);
    CSR_WRITE(pmpaddr1, ((uint64_t)code + PAGE) >> 2);
    CSR_WRITE(pmpaddr2, UINT64_MAX);
    CSR_WRITE(pmpcfg0, (NAPOT | RWX) << 16 | (TOR | permissions) << 8);
    sfence_all();
}

static uint64_t call_code(uint64_t offset)
{
    uint64_t value = 0;
    return try_call((uint8_t *)code + offset, &value);
}

static void faults_at(unsigned number, uint64_t start, uint64_t epc, uint64_t tval)
{
    for (unsigned mode = MODE_U; mode <= MODE_S; mode++) {
        expect(number, run_in(mode, call_code, start), CAUSE_FETCH_ACCESS);
        expect(number + 1, self()->epc, (uint64_t)code + epc);
        expect(number + 2, self()->tval, (uint64_t)code + tval);
    }
}

static void runs(unsigned number)
{
    expect(number, run_in(MODE_U, call_code, 0), NO_TRAP);
    expect(number + 1, run_in(MODE_S, call_code, 0), NO_TRAP);
}

void test(void)
{
    for (unsigned i = 0; i < 64; i++)
        code[i] = NOP;
    code[64] = RET;
    __asm__ volatile("fence.i");
    for (unsigned round = 0; round < 2; round++) {
        set((uint64_t)code, RWX);
        runs(1);
        set((uint64_t)code, RW);
        faults_at(5, 0, 0, 0);
        set((uint64_t)code + 32, RW);
        faults_at(10, 0, 32, 32);
        faults_at(15, 40, 40, 40);
        set((uint64_t)code, RWX);
        runs(20);
    }
    uint16_t *half = (uint16_t *)code; /* from 2 on, 4-byte instructions straddle the words */
    half[0] = C_NOP;
    for (unsigned i = 0; i < 64; i++) {
        half[1 + 2 * i] = (uint16_t)NOP;
        half[2 + 2 * i] = (uint16_t)(NOP >> 16);
    }
    half[129] = 0x8082; /* c.ret */
    __asm__ volatile("fence.i");
    set((uint64_t)code, RWX);
    runs(30);
    set((uint64_t)code + 32, RW);
    expect(40, run_in(MODE_U, call_code, 0), CAUSE_FETCH_ACCESS);
    expect(41, self()->epc, (uint64_t)code + 30);
    uint64_t tval = self()->tval - (uint64_t)code; /* the instruction's or its second half's */
    expect(42, tval == 30 || tval == 32, true);
    /* M mode is not bound. */
    expect(43, call_code(0), NO_TRAP);
}
