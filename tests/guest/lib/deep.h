/* SPDX-License-Identifier: MIT */
/* Page tables of any depth: Sv39 (3 levels), Sv48 (4) and Sv57 (5), leaves at any level. */
#ifndef MICROVM_TESTS_GUEST_DEEP_H
#define MICROVM_TESTS_GUEST_DEEP_H

#include "lib/env.h"

#define PTE_N (UINT64_C(1) << 63)
#define PTE_PBMT(type) ((uint64_t)(type) << 61)
#define PTE_OF(pa) ((uint64_t)(pa) >> 2)
#define DEEP_TABLES 40

static uint64_t deep_tables[DEEP_TABLES][512] __attribute__((aligned(PAGE)));
static unsigned deep_used;

static inline uint64_t *deep_new(void)
{
    if (deep_used == DEEP_TABLES)
        fail(98);
    return deep_tables[deep_used++];
}

/* The entry for va at `level` (0: 4 KiB pages), with the tables above it made where missing. */
static inline volatile uint64_t *deep_entry(uint64_t *root, unsigned levels, uint64_t va, unsigned level)
{
    uint64_t *table = root;
    for (unsigned at = levels - 1; at > level; at--) {
        uint64_t *entry = &table[va >> (12 + 9 * at) & 511];
        if (*entry == 0)
            *entry = PTE_OF(deep_new()) | PTE_V;
        table = (uint64_t *)(*entry << 2 & ~(uint64_t)(PAGE - 1));
    }
    return &table[va >> (12 + 9 * level) & 511];
}

/* A root with the gigabyte at 0x80000000 mapped to itself, as table_create() does for Sv39. */
static inline uint64_t *deep_create(unsigned levels, uint64_t more)
{
    uint64_t *root = deep_new();
    *deep_entry(root, levels, 0x80000000, 2) = PTE_OF(0x80000000) | PTE_RWX | more;
    return root;
}

static inline uint64_t deep_satp(const uint64_t *root, unsigned levels, unsigned asid)
{
    return (uint64_t)(5 + levels) << 60 | SATP_ASID(asid) | (uint64_t)root / PAGE;
}

/* What a full address space's lower half ends at. */
static inline uint64_t deep_half(unsigned levels)
{
    return UINT64_C(1) << (12 + 9 * levels - 1);
}

#endif
