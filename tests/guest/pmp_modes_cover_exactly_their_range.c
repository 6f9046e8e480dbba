/* SPDX-License-Identifier: MIT */
/* One PMP entry of each mode by hand: the byte before it, its first, its last and the byte behind
 * (norm:pmp_a_field_tor, norm:pmp_a_field_napot_na4, norm:pmp_napot_encoding_low_bits). An all-ones
 * NAPOT entry covers everything, a TOR entry whose bounds are equal or swapped nothing, and one
 * whose mode is off nothing (norm:pmp_a_field_off). */
#include "lib/try_as.h"

#define RW 3
#define TOR 0x08
#define NA4 0x10
#define NAPOT 0x18

static uint8_t memory[3 * PAGE] __attribute__((aligned(4 * PAGE)));

static uint64_t load_as_u(uint64_t at)
{
    uint64_t value = 0;
    return TRY_AS(MODE_U, "lbu %0, (%1)", value, at);
}

/* Entry 1 has the mode, entry 0 only the lower bound of TOR. */
static void set(uint64_t mode, uint64_t below, uint64_t address)
{
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, below);
    CSR_WRITE(pmpaddr1, address);
    CSR_WRITE(pmpcfg0, (mode | RW) << 8);
    sfence_all();
}

static void covers(unsigned number, uint64_t first, uint64_t bytes)
{
    for (unsigned warm = 0; warm < 2; warm++) {
        expect(number, load_as_u(first - 1), CAUSE_LOAD_ACCESS);
        expect(number + 1, load_as_u(first), NO_TRAP);
        expect(number + 2, load_as_u(first + bytes - 1), NO_TRAP);
        expect(number + 3, load_as_u(first + bytes), CAUSE_LOAD_ACCESS);
    }
}

static void covers_nothing(unsigned number, uint64_t at)
{
    for (uint64_t i = 0; i < 3; i++)
        expect(number, load_as_u(at + 4 * i - 4), CAUSE_LOAD_ACCESS);
}

void test(void)
{
    uint64_t at = (uint64_t)memory + PAGE;
    set(NA4, 0, at >> 2);
    covers(10, at, 4);
    for (unsigned ones = 0; ones <= 9; ones++) {
        set(NAPOT, 0, at >> 2 | ((UINT64_C(1) << ones) - 1));
        covers(20, at, UINT64_C(8) << ones);
    }
    for (uint64_t bytes = 4; bytes < 2 * PAGE; bytes += 508) {
        set(TOR, (at - 4) >> 2, (at - 4 + bytes) >> 2);
        covers(30, at - 4, bytes);
    }
    set(TOR, at >> 2, at >> 2);
    covers_nothing(40, at);
    set(TOR, (at + 8) >> 2, at >> 2);
    covers_nothing(41, at);
    set(0, 0, at >> 2);
    covers_nothing(42, at);
    set(NAPOT, 0, (UINT64_C(1) << 54) - 1);
    expect(43, load_as_u(at), NO_TRAP);
    expect(44, load_as_u(UART + 5), NO_TRAP);
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, (at + 4) >> 2); /* entry 0's TOR begins at address 0 */
    CSR_WRITE(pmpcfg0, TOR | RW);
    sfence_all();
    expect(45, load_as_u(UART + 5), NO_TRAP);
    expect(46, load_as_u(at + 3), NO_TRAP);
    expect(47, load_as_u(at + 4), CAUSE_LOAD_ACCESS);
}
