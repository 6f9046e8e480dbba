/* SPDX-License-Identifier: MIT */
/* Misaligned loads and stores of each size, integer and floating-point, at each offset around the
 * boundary of two pages that lie apart in memory: each byte goes where its page is mapped
 * (norm:ldst_little_endian_op, norm:fp_misaligned). If one page may not be accessed, that page is named
 * (norm:mtval_vaddr_wr2) and nothing is changed. First cold, then warm. */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define BOUNDARY (VA + PAGE)

static uint8_t frames[3][PAGE] __attribute__((aligned(PAGE)));

static uint8_t *byte_at(uint64_t va)
{
    return va < BOUNDARY ? &frames[2][va - VA] : &frames[0][va - BOUNDARY];
}

static void fill(void)
{
    for (uint64_t va = BOUNDARY - 16; va < BOUNDARY + 16; va++)
        *byte_at(va) = (uint8_t)(va * 37 + 128);
}

static uint64_t number_at(uint64_t va, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)*byte_at(va + i) << 8 * i;
    return value;
}

static uint64_t sign_extended(uint64_t value, unsigned size)
{
    return (uint64_t)((int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size));
}

#define LOADED(instruction)                                                                                            \
    ({                                                                                                                 \
        uint64_t loaded = 0;                                                                                           \
        expect(90, TRY(instruction, loaded, at), NO_TRAP);                                                             \
        loaded;                                                                                                        \
    })

static void loads(uint64_t at)
{
    expect(1, LOADED("lh %0, (%1)"), sign_extended(number_at(at, 2), 2));
    expect(2, LOADED("lhu %0, (%1)"), number_at(at, 2));
    expect(3, LOADED("lw %0, (%1)"), sign_extended(number_at(at, 4), 4));
    expect(4, LOADED("lwu %0, (%1)"), number_at(at, 4));
    expect(5, LOADED("ld %0, (%1)"), number_at(at, 8));
    expect(6, LOADED("fld ft0, (%1)\n fmv.x.d %0, ft0"), number_at(at, 8));
    expect(7, LOADED("flw ft0, (%1)\n fmv.x.d %0, ft0"), number_at(at, 4) | UINT64_C(0xffffffff00000000));
    expect(8, LOADED("lb %0, (%1)"), sign_extended(number_at(at, 1), 1));
}

static void check_store(unsigned number, uint64_t at, unsigned size, uint64_t value)
{
    for (uint64_t va = BOUNDARY - 16; va < BOUNDARY + 16; va++) {
        uint8_t want = (uint8_t)(va * 37 + 128);
        if (va >= at && va < at + size)
            want = (uint8_t)(value >> 8 * (va - at));
        expect(number, *byte_at(va), want);
    }
    fill();
}

#define STORED(number, instruction, size)                                                                              \
    do {                                                                                                               \
        uint64_t value = UINT64_C(0x0102030405060708);                                                                 \
        expect(91, TRY(instruction, value, at), NO_TRAP);                                                              \
        check_store(number, at, size, UINT64_C(0x0102030405060708));                                                   \
    } while (0)

static void stores(uint64_t at)
{
    STORED(10, "sh %0, (%1)", 2);
    STORED(11, "sw %0, (%1)", 4);
    STORED(12, "sd %0, (%1)", 8);
    STORED(13, "fmv.d.x ft0, %0\n fsw ft0, (%1)", 4);
    STORED(14, "fmv.d.x ft0, %0\n fsd ft0, (%1)", 8);
    STORED(15, "sb %0, (%1)", 1);
}

static uint64_t all_offsets(uint64_t unused)
{
    (void)unused;
    for (unsigned warm = 0; warm < 2; warm++)
        for (uint64_t at = BOUNDARY - 8; at <= BOUNDARY; at++) {
            if (!warm)
                sfence_all();
            loads(at);
            stores(at);
        }
    return 0;
}

/* The lower page stays readable and writable, the upper one is missing, or the other way round. */
static uint64_t faults(uint64_t missing)
{
    uint64_t value = 0;
    for (uint64_t at = BOUNDARY - 7; at < BOUNDARY; at++) {
        uint64_t named = missing == BOUNDARY ? BOUNDARY : at;
        expect(20, TRY("ld %0, (%1)", value, at), CAUSE_LOAD_PAGE);
        expect(21, self()->tval, named);
        expect(22, TRY("fsd ft0, (%1)", value, at), CAUSE_STORE_PAGE);
        expect(23, self()->tval, named);
        expect(24, TRY("fld ft0, (%1)", value, at), CAUSE_LOAD_PAGE);
        expect(25, TRY("sd %0, (%1)", value, at), CAUSE_STORE_PAGE);
        expect(26, self()->tval, named);
        check_store(27, at, 0, 0);
        if (at + 4 <= BOUNDARY)
            continue;
        expect(28, TRY("flw ft0, (%1)", value, at), CAUSE_LOAD_PAGE);
        expect(29, TRY("sw %0, (%1)", value, at), CAUSE_STORE_PAGE);
        expect(30, self()->tval, named);
        check_store(31, at, 0, 0);
    }
    return 0;
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frames[2], PTE_RW);
    table_map(root, BOUNDARY, (uint64_t)frames[0], PTE_RW);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    fill();
    run_in(MODE_S, all_offsets, 0);
    table_map(root, BOUNDARY, 0, 0);
    sfence_all();
    run_in(MODE_S, faults, BOUNDARY);
    table_map(root, BOUNDARY, (uint64_t)frames[0], PTE_RW);
    table_map(root, VA, 0, 0);
    sfence_all();
    run_in(MODE_S, faults, VA);
}
