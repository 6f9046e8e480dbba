/* SPDX-License-Identifier: MIT */
/* PMP entries of each mode and size, one over the other, and loads and stores of each size at and
 * around their edges, by M mode as itself and as U mode: allowed or not as a plain reading of the
 * manual says (norm:pmp_a_field_encoding, norm:pmp_entry_priority, norm:pmp_full_match_required,
 * norm:pmp_rwx_check, norm:pmp_no_entry_match). */
#include "lib/try_as.h"

#define ENTRIES 4 /* entry 4 allows everything, entry 5 is unused */
#define CFG_R 1
#define CFG_W 2
#define CFG_X 4
#define CFG_A_SHIFT 3
#define OFF 0
#define TOR 1
#define NA4 2
#define NAPOT 3
#define WINDOW 512

static uint8_t memory[2 * PAGE] __attribute__((aligned(2 * PAGE)));
static uint64_t address[ENTRIES + 1];
static uint8_t cfg[ENTRIES + 1];
static uint64_t random_state = 1;

static uint64_t random_number(uint64_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % limit;
}

/* Byte by byte, as slow and plain as can be. */
static bool entry_matches(unsigned entry, uint64_t byte)
{
    uint64_t at = byte >> 2, limit = address[entry], low = entry == 0 ? 0 : address[entry - 1];
    switch (cfg[entry] >> CFG_A_SHIFT & 3) {
    case OFF:
        return false;
    case TOR:
        return at >= low && at < limit;
    case NA4:
        return at == limit;
    default:
        for (unsigned ones = 0; ones < 54; ones++)
            if (!(limit >> ones & 1))
                return at >> (ones + 1) == limit >> (ones + 1);
        return true;
    }
}

static bool oracle(uint64_t at, unsigned size, unsigned permission)
{
    for (unsigned entry = 0; entry <= ENTRIES; entry++) {
        unsigned matched = 0;
        for (unsigned i = 0; i < size; i++)
            matched += entry_matches(entry, at + i);
        if (matched != 0)
            return matched == size && (cfg[entry] & permission);
    }
    return false;
}

static uint64_t random_address(unsigned mode, uint64_t edge)
{
    uint64_t at = (edge + 4 * random_number(WINDOW / 4)) >> 2;
    if (mode != NAPOT)
        return at;
    unsigned ones = (unsigned)random_number(6);
    return (at & ~((UINT64_C(2) << ones) - 1)) | ((UINT64_C(1) << ones) - 1);
}

static void choose(uint64_t edge)
{
    static const uint8_t permissions[] = {0, CFG_R, CFG_R | CFG_W, CFG_X, CFG_R | CFG_W | CFG_X};
    for (unsigned i = 0; i < ENTRIES; i++) {
        unsigned mode = (unsigned)random_number(4);
        cfg[i] = (uint8_t)(mode << CFG_A_SHIFT | permissions[random_number(5)]);
        address[i] = random_address(mode, edge);
    }
    cfg[ENTRIES] = (uint8_t)(NAPOT << CFG_A_SHIFT | (random_number(2) ? 7 : 0));
    address[ENTRIES] = (UINT64_C(1) << 54) - 1;
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, address[0]);
    CSR_WRITE(pmpaddr1, address[1]);
    CSR_WRITE(pmpaddr2, address[2]);
    CSR_WRITE(pmpaddr3, address[3]);
    CSR_WRITE(pmpaddr4, address[4]);
    uint64_t all = 0;
    for (unsigned i = 0; i <= ENTRIES; i++)
        all |= (uint64_t)cfg[i] << 8 * i;
    CSR_WRITE(pmpcfg0, all);
    sfence_all();
}

#define AS_U(instruction)                                                                                              \
    ({                                                                                                                 \
        uint64_t as_u_value = 0;                                                                                       \
        TRY_AS(MODE_U, instruction, as_u_value, at);                                                                   \
    })

static void check_at(uint64_t at)
{
    uint64_t loads[4] = {AS_U("lbu %0, (%1)"), 0, 0, 0};
    uint64_t stores[4] = {AS_U("sb %0, (%1)"), 0, 0, 0};
    unsigned sizes = 1;
    if (at % 2 == 0) {
        loads[1] = AS_U("lhu %0, (%1)");
        stores[1] = AS_U("sh %0, (%1)");
        sizes = 2;
    }
    if (at % 4 == 0) {
        loads[2] = AS_U("lw %0, (%1)");
        stores[2] = AS_U("sw %0, (%1)");
        sizes = 3;
    }
    if (at % 8 == 0) {
        loads[3] = AS_U("ld %0, (%1)");
        stores[3] = AS_U("sd %0, (%1)");
        sizes = 4;
    }
    for (unsigned i = 0; i < sizes; i++) {
        expect(1 + i, loads[i], oracle(at, 1u << i, CFG_R) ? NO_TRAP : CAUSE_LOAD_ACCESS);
        expect(5 + i, stores[i], oracle(at, 1u << i, CFG_W) ? NO_TRAP : CAUSE_STORE_ACCESS);
    }
}

/* Unlocked entries do not bind M mode (bytes: what an entry covers in part fails even there). */
static void check_as_m(uint64_t at)
{
    uint64_t value = 0;
    expect(10, TRY("lb %0, (%1)", value, at), NO_TRAP);
    expect(11, TRY("sb %0, (%1)", value, at), NO_TRAP);
}

void test(void)
{
    for (unsigned round = 0; round < 100; round++) {
        uint64_t edge = (uint64_t)memory + PAGE - (round % 2 ? WINDOW / 2 : 0);
        choose(edge);
        for (unsigned i = 0; i < ENTRIES; i++)
            for (int offset = -8; offset <= 8; offset += 1)
                check_at((address[i] << 2) + (uint64_t)(int64_t)offset);
        for (uint64_t at = edge - 8; at < edge + WINDOW + 8; at += 44)
            check_at(at);
        check_as_m(edge);
    }
}
