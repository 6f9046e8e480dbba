/* SPDX-License-Identifier: MIT */
/* For tests of the H extension: its bits, its instructions by number, and tables of the second stage. */
#ifndef MICROVM_TESTS_GUEST_GUEST_H
#define MICROVM_TESTS_GUEST_GUEST_H

#include "lib/deep.h"
#include "lib/virt.h"

#define ENVCFG_ADUE (UINT64_C(1) << 61)
#define ENVCFG_PBMTE (UINT64_C(1) << 62)

#define CAUSE_FETCH_GUEST 20
#define CAUSE_LOAD_GUEST 21
#define CAUSE_STORE_GUEST 23

#define HGATP_VMID(vmid) ((uint64_t)(vmid) << 44)

/* Of the form ".insn r SYSTEM, 4, funct7, rd, rs1, rs2"; for TRY(): %0 the value, %1 the address. */
#define HLV_B ".insn r 0x73, 4, 0x30, %0, %1, x0"
#define HLV_BU ".insn r 0x73, 4, 0x30, %0, %1, x1"
#define HLV_HU ".insn r 0x73, 4, 0x32, %0, %1, x1"
#define HLVX_HU ".insn r 0x73, 4, 0x32, %0, %1, x3"
#define HLV_W ".insn r 0x73, 4, 0x34, %0, %1, x0"
#define HLV_WU ".insn r 0x73, 4, 0x34, %0, %1, x1"
#define HLVX_WU ".insn r 0x73, 4, 0x34, %0, %1, x3"
#define HLV_D ".insn r 0x73, 4, 0x36, %0, %1, x0"
#define HSV_B ".insn r 0x73, 4, 0x31, x0, %1, %0"
#define HSV_D ".insn r 0x73, 4, 0x37, x0, %1, %0"

static inline void hfence_vvma(uint64_t va, uint64_t asid)
{
    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, %0, %1" ::"r"(va), "r"(asid) : "memory");
}

static inline void hfence_vvma_all(void)
{
    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory");
}

static inline void hfence_gvma(uint64_t gpa, uint64_t vmid)
{
    __asm__ volatile(".insn r 0x73, 0, 0x31, x0, %0, %1" ::"r"(gpa >> 2), "r"(vmid) : "memory");
}

static inline void hfence_gvma_all(void)
{
    __asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory");
}

#define GUEST_ROOTS 6
static uint64_t guest_roots[GUEST_ROOTS][4 * 512] __attribute__((aligned(4 * PAGE)));
static unsigned guest_roots_used;

/* The second stage's entry for gpa at `level`, with the tables above it made where missing. */
static inline volatile uint64_t *guest_entry(uint64_t *root, unsigned levels, uint64_t gpa, unsigned level)
{
    uint64_t *top = &root[gpa >> (3 + 9 * levels) & 2047];
    if (level == levels - 1)
        return top;
    if (*top == 0)
        *top = PTE_OF(deep_new()) | PTE_V;
    return deep_entry((uint64_t *)(*top << 2 & ~(uint64_t)(PAGE - 1)), levels - 1, gpa, level);
}

/* A root with the gigabyte at 0x80000000 mapped to itself, for all accesses. */
static inline uint64_t *guest_create(unsigned levels)
{
    if (guest_roots_used == GUEST_ROOTS)
        fail(98);
    uint64_t *root = guest_roots[guest_roots_used++];
    *guest_entry(root, levels, 0x80000000, 2) = PTE_OF(0x80000000) | PTE_RWX | PTE_U;
    return root;
}

static inline uint64_t guest_hgatp(const uint64_t *root, unsigned levels, unsigned vmid)
{
    return (uint64_t)(5 + levels) << 60 | HGATP_VMID(vmid) | (uint64_t)root / PAGE;
}

#endif
