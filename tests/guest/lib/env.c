/* SPDX-License-Identifier: MIT */
/* The part of the guest tests' environment that C can say. */
#include "lib/env.h"

#define UART_LSR 5
#define UART_LSR_THRE 0x20
#define HARTS_CLOSED (UINT64_C(1) << 63)
#define TABLES 20
#define ENTRIES 512

static void put_char(char c)
{
    volatile uint8_t *uart = (volatile uint8_t *)UART;
    while (!(uart[UART_LSR] & UART_LSR_THRE)) {
    }
    *uart = (uint8_t)c;
}

void put_text(const char *text)
{
    while (*text != '\0')
        put_char(*text++);
}

void put_hex(uint64_t value)
{
    put_text("0x");
    for (int shift = 60; shift >= 0; shift -= 4)
        put_char("0123456789abcdef"[value >> shift & 15]);
}

static void put_number(unsigned number)
{
    if (number >= 10)
        put_number(number / 10);
    put_char((char)('0' + number % 10));
}

void expect(unsigned number, uint64_t got, uint64_t want)
{
    if (got == want)
        return;
    put_text("expectation ");
    put_number(number);
    put_text(": got ");
    put_hex(got);
    put_text(", want ");
    put_hex(want);
    put_text("\n");
    fail(number);
}

/* Called by start.S. */
void unexpected_trap(uint64_t cause, uint64_t tval, uint64_t epc);
void unexpected_trap(uint64_t cause, uint64_t tval, uint64_t epc)
{
    put_text("unexpected trap: cause ");
    put_hex(cause);
    put_text(", tval ");
    put_hex(tval);
    put_text(", epc ");
    put_hex(epc);
    put_text("\n");
    fail(99);
}

uint64_t wait_for_harts(uint64_t count)
{
    for (unsigned i = 0; i < 1000000 && harts_present < count; i++) {
    }
    return __atomic_fetch_or(&harts_present, HARTS_CLOSED, __ATOMIC_SEQ_CST);
}

static uint64_t tables[TABLES][ENTRIES] __attribute__((aligned(PAGE)));
static unsigned tables_used;

static uint64_t *new_table(void)
{
    if (tables_used == TABLES)
        fail(98);
    return tables[tables_used++];
}

static uint64_t leaf(uint64_t pa, uint64_t bits)
{
    return pa >> 2 | bits;
}

uint64_t *table_create(uint64_t more)
{
    uint64_t *root = new_table();
    root[2] = leaf(UINT64_C(2) << 30, PTE_RWX | more);
    root[3] = leaf(UINT64_C(3) << 30, PTE_RWX | more);
    return root;
}

static uint64_t *next_table(uint64_t *entry)
{
    if (*entry == 0)
        *entry = leaf((uint64_t)new_table(), PTE_V);
    return (uint64_t *)(*entry << 2 & ~(uint64_t)(PAGE - 1));
}

volatile uint64_t *table_entry(uint64_t *root, uint64_t va)
{
    uint64_t *middle = next_table(&root[va >> 30 & (ENTRIES - 1)]);
    uint64_t *last = next_table(&middle[va >> 21 & (ENTRIES - 1)]);
    return &last[va >> 12 & (ENTRIES - 1)];
}

uint64_t table_map(uint64_t *root, uint64_t va, uint64_t pa, uint64_t bits)
{
    volatile uint64_t *entry = table_entry(root, va);
    uint64_t old = *entry;
    *entry = bits == 0 ? 0 : leaf(pa, bits);
    return old;
}

uint64_t table_satp(const uint64_t *root, unsigned asid)
{
    return SATP_SV39 | SATP_ASID(asid) | (uint64_t)root / PAGE;
}
