/* SPDX-License-Identifier: MIT */
#include "runtime.h"

static const uintptr_t ram = 0x80000000;
static volatile uint32_t *const finisher = (volatile uint32_t *)0x100000;
static volatile uint8_t *const uart = (volatile uint8_t *)0x10000000;

/* start.S: goes on after the call in the mode that mstatus has as the previous one, with those bits set. */
void become(uint64_t mstatus_set);

/* For start.S. */
__attribute__((noreturn)) void report_trap(uint64_t mcause, uint64_t mepc, uint64_t mtval);

enum {
    MSTATUS_MPP_S = 1 << 11,
    LEAF_BITS = 0xcf, /* D A - - X W R V */
    USER_BIT = 0x10,
    TABLE_BITS = 1,
    TABLE_ENTRIES = 512,
    MOST_TABLES = 66, /* a root, one for 1 GiB of RAM, and 64 of 2 MiB each */
};

static uint64_t tables[MOST_TABLES][TABLE_ENTRIES] __attribute__((aligned(PAGE_BYTES)));

static void print(const char *text)
{
    while (*text != '\0')
        *uart = (uint8_t)*text++;
}

static void print_number(const char *name, uint64_t number)
{
    print(name);
    for (int shift = 60; shift >= 0; shift -= 4)
        *uart = (uint8_t) "0123456789abcdef"[number >> shift & 15];
}

bool is_result(uint64_t result, uint64_t expected)
{
    if (result == expected)
        return true;
    print_number("result 0x", result);
    print_number(", expected 0x", expected);
    print("\n");
    return false;
}

void finish(bool passed)
{
    *finisher = passed ? 0x5555 : 1 << 16 | 0x3333;
    for (;;)
        __asm__ volatile("wfi");
}

void report_trap(uint64_t mcause, uint64_t mepc, uint64_t mtval)
{
    print_number("trap: mcause 0x", mcause);
    print_number(", mepc 0x", mepc);
    print_number(", mtval 0x", mtval);
    print("\n");
    finish(false);
}

/* An entry's number for an address is that of its page, from bit 10 on. */
static uint64_t entry_to(uintptr_t address, uint64_t bits)
{
    return address / PAGE_BYTES << 10 | bits;
}

static uint64_t *leaf_of(size_t page)
{
    return &tables[2 + page / TABLE_ENTRIES][page % TABLE_ENTRIES];
}

/* The finisher and the UART are in gigapage 0; RAM begins with gigapage 2. */
static void map_pages(size_t bytes)
{
    uint64_t *root = tables[0], *middle = tables[1];
    root[0] = entry_to(0, LEAF_BITS);
    root[ram >> 30] = entry_to((uintptr_t)middle, TABLE_BITS);
    for (size_t page = 0; page < bytes / PAGE_BYTES; page++) {
        *leaf_of(page) = entry_to(ram + page * PAGE_BYTES, LEAF_BITS);
        middle[page / TABLE_ENTRIES] = entry_to((uintptr_t)leaf_of(page), TABLE_BITS);
    }
}

void enter_supervisor(size_t bytes, uint64_t delegated)
{
    csr_write(pmpaddr0, -1);
    csr_write(pmpcfg0, 0x1f); /* NAPOT, R W X */
    csr_write(medeleg, delegated);
    map_pages(bytes);
    csr_write(satp, 8ULL << 60 | (uintptr_t)tables / PAGE_BYTES);
    __asm__ volatile("sfence.vma" : : : "memory");
    become(MSTATUS_MPP_S);
}

void give_to_user(const void *page)
{
    *leaf_of(((uintptr_t)page - ram) / PAGE_BYTES) |= USER_BIT;
    __asm__ volatile("sfence.vma" : : : "memory");
}

/* The compiler calls these. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *t = to;
    for (const uint8_t *f = from, *end = f + size; f < end; f++)
        *t++ = *f;
    return to;
}

void *memset(void *to, int value, size_t size)
{
    for (uint8_t *t = to, *end = t + size; t < end; t++)
        *t = (uint8_t)value;
    return to;
}
