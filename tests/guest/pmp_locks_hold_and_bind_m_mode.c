/* SPDX-License-Identifier: MIT */
/* once: what is locked stays so until a reset */
/* A locked PMP entry ignores writes to its byte and its address, a locked TOR entry also those to
 * the address below (norm:pmp_l_bit_write_protection, norm:pmp_l_bit_function); its permissions bind M mode as well
 * (norm:pmp_l_bit_m_mode_enforcement), also while its neighbours are written. */
#include "lib/env.h"

#define LOCK 0x80
#define NAPOT 0x18
#define TOR 0x08
#define R 1
#define W 2
#define X 4

static uint8_t memory[PAGE] __attribute__((aligned(PAGE)));
static uint32_t code[PAGE / 4] __attribute__((aligned(PAGE))) = {0x00008067};

static void write_byte(unsigned entry, uint64_t cfg)
{
    uint64_t shift = 8 * (entry % 8);
    uint64_t now = CSR_READ(pmpcfg0);
    CSR_WRITE(pmpcfg0, (now & ~(UINT64_C(0xff) << shift)) | cfg << shift);
}

static uint64_t byte_of(unsigned entry)
{
    return CSR_READ(pmpcfg0) >> 8 * entry & 0xff;
}

/* Entry 1: the page `memory` may be read and no more. */
static void lock_read_only(void)
{
    uint64_t value = 0, address = (uint64_t)memory >> 2 | (PAGE / 8 - 1);
    expect(1, try_store(memory, 5), NO_TRAP);
    CSR_WRITE(pmpaddr1, address);
    write_byte(1, NAPOT | R);
    sfence_all();
    expect(2, try_store(memory, 6), NO_TRAP); /* not locked: does not bind M */
    write_byte(1, LOCK | NAPOT | R);
    sfence_all();
    expect(3, try_store(memory, 7), CAUSE_STORE_ACCESS);
    expect(4, self()->tval, (uint64_t)memory);
    expect(5, try_load(memory, &value), NO_TRAP);
    expect(6, value, 6);
    write_byte(1, NAPOT | R | W | X);
    write_byte(1, 0);
    expect(7, byte_of(1), LOCK | NAPOT | R);
    CSR_WRITE(pmpaddr1, 0);
    expect(8, CSR_READ(pmpaddr1), address);
    expect(9, try_store(memory, 8), CAUSE_STORE_ACCESS);
    CSR_WRITE(pmpaddr0, 0x1234); /* a NAPOT entry does not hold its neighbour's address */
    expect(10, CSR_READ(pmpaddr0), 0x1234);
}

/* Entry 3: TOR from pmpaddr2, no fetches. */
static void lock_tor(void)
{
    uint64_t value = 0;
    __asm__ volatile("fence.i");
    expect(20, try_call(code, &value), NO_TRAP);
    CSR_WRITE(pmpaddr2, (uint64_t)code >> 2);
    CSR_WRITE(pmpaddr3, ((uint64_t)code + PAGE) >> 2);
    write_byte(3, LOCK | TOR | R | W);
    sfence_all();
    for (unsigned warm = 0; warm < 2; warm++) {
        expect(21, try_call(code, &value), CAUSE_FETCH_ACCESS);
        expect(22, self()->tval, (uint64_t)code);
        expect(23, self()->epc, (uint64_t)code);
    }
    CSR_WRITE(pmpaddr2, 0);
    expect(24, CSR_READ(pmpaddr2), (uint64_t)code >> 2);
    CSR_WRITE(pmpaddr3, 0);
    expect(25, CSR_READ(pmpaddr3), ((uint64_t)code + PAGE) >> 2);
    write_byte(2, NAPOT | R | W); /* entry 2's byte is still free */
    expect(26, byte_of(2), NAPOT | R | W);
    write_byte(2, 0);
}

void test(void)
{
    CSR_WRITE(pmpcfg0, 0);
    lock_read_only();
    lock_tor();
    CSR_WRITE(pmpaddr4, 0x55); /* an entry that is off can be locked too */
    write_byte(4, LOCK);
    CSR_WRITE(pmpaddr4, 0xaa);
    expect(30, CSR_READ(pmpaddr4), 0x55);
    write_byte(4, NAPOT);
    expect(31, byte_of(4), LOCK);
}
