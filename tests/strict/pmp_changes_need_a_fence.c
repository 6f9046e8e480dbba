/* SPDX-License-Identifier: MIT */
/* Where something has run below M mode, PMP's new settings count from the next SFENCE.VMA on (norm:pmp_sfence_required). */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/env.h"

#define NAPOT_RWX 0x1f
#define NAPOT_NONE 0x18

static uint64_t secret[PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t unused)
{
    uint64_t value = 0;
    (void)unused;
    return try_load(secret, &value);
}

void test(void)
{
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, (uint64_t)secret >> 2 | (PAGE / 8 - 1));
    CSR_WRITE(pmpaddr1, UINT64_MAX);
    CSR_WRITE(pmpcfg0, NAPOT_RWX << 8 | NAPOT_RWX);
    sfence_all();
    expect(1, run_in(MODE_S, in_s_mode, 0), NO_TRAP);
    CSR_WRITE(pmpcfg0, NAPOT_RWX << 8 | NAPOT_NONE);
    if (FIXED)
        sfence_all();
    expect(2, run_in(MODE_S, in_s_mode, 0), CAUSE_LOAD_ACCESS);
}
