/* SPDX-License-Identifier: MIT */
/* Writes to pmpcfg0, pmpcfg2 and pmpaddr0 to 15: WARL, locks, and the tables that follow. */
#include "base/compiler.h"
#include "cpu/csr_rows.h"
#include "cpu/strict_fence.h"
#include "mmu/mmu.h"
#include "mmu/pmp.h"

#define CFG_BYTES 8 /* in one pmpcfg register of RV64: norm:pmp_cfg_rv64_layout */

/* norm:pmp_l_bit_write_protection; norm:pmp_rwx_warl: R=0 W=1 is reserved, and becomes R=0 W=0; bits 6:5 read 0. */
static uint8_t legal_cfg(uint8_t old, uint8_t want)
{
    if (old & PMPCFG_L)
        return old;
    want &= PMPCFG_L | PMPCFG_A | PMPCFG_X | PMPCFG_W | PMPCFG_R;
    return want & PMPCFG_R ? want : want & (uint8_t)~PMPCFG_W;
}

/* norm:pmp_sfence_required asks software for a fence; dropping everything here is what makes M-mode right too. */
static void changed(struct hart *h, bool *effect)
{
    *effect = true;
    if (UNLIKELY(h->strict != NULL) && strict_delays_pmp(h))
        return;
    pmp_update(h);
    mmu_flush_banks(h);
}

bool csr_pmpcfg_is_legal(uint64_t value)
{
    bool ok = true;
    for (unsigned i = 0; i < CFG_BYTES; i++)
        ok &= legal_cfg(0, (uint8_t)(value >> 8 * i)) == (uint8_t)(value >> 8 * i);
    return ok;
}

static void write_cfg(struct hart *h, uint64_t *reg, uint64_t value, bool *effect)
{
    uint64_t now = 0;
    for (unsigned i = 0; i < CFG_BYTES; i++)
        now |= (uint64_t)legal_cfg((uint8_t)(*reg >> 8 * i), (uint8_t)(value >> 8 * i)) << 8 * i;
    if (now == *reg)
        return;
    *reg = now;
    changed(h, effect);
}

void csr_write_pmpcfg0(struct hart *h, uint64_t value, bool *effect)
{
    write_cfg(h, &h->csr.pmpcfg0, value, effect);
}

void csr_write_pmpcfg2(struct hart *h, uint64_t value, bool *effect)
{
    write_cfg(h, &h->csr.pmpcfg2, value, effect);
}

/* norm:pmp_l_bit_write_protection: a lock holds the entry's own address, and a locked TOR entry its lower bound too. */
static bool address_locked(const struct hart *h, unsigned entry)
{
    if (pmp_cfg(h, entry) & PMPCFG_L)
        return true;
    if (entry + 1 == PMP_ENTRIES)
        return false;
    unsigned next = pmp_cfg(h, entry + 1);
    return (next & PMPCFG_L) && field_get(next, PMPCFG_A) == PMP_TOR;
}

static void write_address(struct hart *h, unsigned entry, uint64_t *reg, uint64_t value, bool *effect)
{
    uint64_t now = value & PMPADDR_ADDRESS;
    if (now == *reg || address_locked(h, entry))
        return;
    *reg = now;
    changed(h, effect);
}

#define DEFINE_WRITE(entry)                                                                                            \
    void csr_write_pmpaddr##entry(struct hart *h, uint64_t value, bool *effect)                                        \
    {                                                                                                                  \
        write_address(h, entry, &h->csr.pmpaddr##entry, value, effect);                                                \
    }
DEFINE_WRITE(0)
DEFINE_WRITE(1)
DEFINE_WRITE(2)
DEFINE_WRITE(3)
DEFINE_WRITE(4)
DEFINE_WRITE(5)
DEFINE_WRITE(6)
DEFINE_WRITE(7)
DEFINE_WRITE(8)
DEFINE_WRITE(9)
DEFINE_WRITE(10)
DEFINE_WRITE(11)
DEFINE_WRITE(12)
DEFINE_WRITE(13)
DEFINE_WRITE(14)
DEFINE_WRITE(15)
