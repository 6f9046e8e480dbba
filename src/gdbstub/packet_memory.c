/* SPDX-License-Identifier: MIT */
/* Packets that read and write registers and memory. */
#include <inttypes.h>

#include "base/bits.h"
#include "gdbstub/registers.h"
#include "gdbstub/session_impl.h"

#define PIECE_BYTES (GDB_PACKET_BYTES / 2)
/* Of memory that one answer describes. */
#define REGION_MOST (UINT64_C(4) << 20)
/* Of memory that one checksum covers. */
#define CHECKSUM_MOST (UINT64_C(64) << 20)

static const char bad_packet[] = "the packet is malformed";
static const char no_register[] = "there is no such register";
static const char no_memory[] = "there is no memory, or nothing that it may be written to";

void gdb_packet_read_all(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    unsigned count = gdb_registers_general(gdb_hart(s));
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = 0;
        gdb_register_read(gdb_hart(s), i, &value);
        gdb_reply_hex(&s->reply, &value, GDB_REGISTER_BYTES);
    }
}

/* As many as the packet holds. */
void gdb_packet_write_all(struct gdb_session *s, struct gdb_text *text)
{
    unsigned count = gdb_registers_general(gdb_hart(s));
    uint64_t values[GDB_CSR];
    unsigned given = 0;
    while (given < count && gdb_take_hex(text, (uint8_t *)&values[given], GDB_REGISTER_BYTES))
        given++;
    if (given == 0 || gdb_text_left(text) > 0) {
        gdb_fail(s, GDB_INVALID, bad_packet);
        return;
    }
    if (gdb_fail_in_the_past(s))
        return;
    for (unsigned i = 0; i < given; i++)
        gdb_register_write(gdb_hart(s), i, values[i]);
    machine_hart_changed(s->machine, s->hart);
    gdb_ok(s);
}

void gdb_packet_read_one(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t number, value;
    if (!gdb_take_number(text, &number) || gdb_text_left(text) > 0)
        gdb_fail(s, GDB_INVALID, bad_packet);
    else if (!gdb_register_read(gdb_hart(s), number, &value))
        gdb_fail(s, GDB_INVALID, no_register);
    else
        gdb_reply_hex(&s->reply, &value, GDB_REGISTER_BYTES);
}

static void write_register(struct gdb_session *s, uint64_t number, uint64_t value)
{
    if (!gdb_register_write(gdb_hart(s), number, value)) {
        gdb_fail(s, GDB_INVALID, no_register);
        return;
    }
    machine_hart_changed(s->machine, s->hart);
    gdb_ok(s);
}

void gdb_packet_write_one(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t number, value;
    if (!gdb_take_number(text, &number) || !gdb_take(text, "=") ||
        !gdb_take_hex(text, (uint8_t *)&value, GDB_REGISTER_BYTES))
        gdb_fail(s, GDB_INVALID, bad_packet);
    else if (!gdb_fail_in_the_past(s))
        write_register(s, number, value);
}

/* Reads what a packet asks for, or what of it fits in size. False: the reply says why not. */
static bool read_range(struct gdb_session *s, struct gdb_text *text, uint8_t *bytes, size_t size, size_t *count)
{
    uint64_t address, length;
    *count = 0;
    if (!gdb_take_range(text, &address, &length) || gdb_text_left(text) > 0) {
        gdb_fail(s, GDB_INVALID, bad_packet);
        return false;
    }
    if (length > 0)
        *count = machine_peek(s->machine, gdb_hart(s), s->space, address, bytes, length < size ? length : size);
    if (*count > 0 || length == 0)
        return true;
    gdb_fail(s, GDB_BAD_ADDRESS, no_memory);
    return false;
}

void gdb_packet_read_memory(struct gdb_session *s, struct gdb_text *text)
{
    uint8_t bytes[PIECE_BYTES];
    size_t count;
    if (read_range(s, text, bytes, sizeof bytes, &count))
        gdb_reply_hex(&s->reply, bytes, count);
}

/* LLDB finds out whether it is there by a length of 0. */
void gdb_packet_read_memory_raw(struct gdb_session *s, struct gdb_text *text)
{
    uint8_t bytes[PIECE_BYTES];
    size_t count;
    if (!read_range(s, text, bytes, sizeof bytes, &count))
        return;
    if (count == 0)
        gdb_ok(s);
    else
        gdb_reply_binary(&s->reply, bytes, count);
}

/* "ADDRESS,LENGTH:" before data. */
static bool take_target(struct gdb_session *s, struct gdb_text *text, uint64_t *address, uint64_t *length)
{
    if (gdb_take_range(text, address, length) && gdb_take(text, ":"))
        return true;
    gdb_fail(s, GDB_INVALID, bad_packet);
    return false;
}

static void write_range(struct gdb_session *s, uint64_t address, const uint8_t *bytes, size_t count)
{
    if (gdb_fail_in_the_past(s))
        return;
    if (machine_poke(s->machine, gdb_hart(s), s->space, address, bytes, count) == count)
        gdb_ok(s);
    else
        gdb_fail(s, GDB_BAD_ADDRESS, no_memory);
}

void gdb_packet_write_memory(struct gdb_session *s, struct gdb_text *text)
{
    uint8_t bytes[PIECE_BYTES];
    uint64_t address, length;
    if (!take_target(s, text, &address, &length))
        return;
    if (length <= sizeof bytes && gdb_text_left(text) == 2 * length && gdb_take_hex(text, bytes, length))
        write_range(s, address, bytes, length);
    else
        gdb_fail(s, GDB_INVALID, bad_packet);
}

void gdb_packet_write_memory_raw(struct gdb_session *s, struct gdb_text *text)
{
    uint8_t bytes[GDB_PACKET_BYTES];
    uint64_t address, length;
    if (!take_target(s, text, &address, &length))
        return;
    if (gdb_take_binary(text, bytes, sizeof bytes) == length)
        write_range(s, address, bytes, length);
    else
        gdb_fail(s, GDB_INVALID, bad_packet);
}

static bool is_there(struct gdb_session *s, uint64_t page)
{
    uint8_t byte;
    return machine_peek(s->machine, gdb_hart(s), s->space, page, &byte, 1) == 1;
}

/* A range of pages that all are like the first; it may go on behind. */
void gdb_packet_region(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t address;
    if (!gdb_take_number(text, &address) || gdb_text_left(text) > 0) {
        gdb_fail(s, GDB_INVALID, bad_packet);
        return;
    }
    uint64_t first = align_down(address, PAGE_BYTES), size = PAGE_BYTES;
    bool there = is_there(s, first);
    while (size < REGION_MOST && first + size != 0 && is_there(s, first + size) == there)
        size += PAGE_BYTES;
    gdb_reply_print(&s->reply, "start:%" PRIx64 ";size:%" PRIx64 ";%s", first, size, there ? "permissions:rwx;" : "");
}

/* The checksum that GDB computes itself: polynomial 0x04c11db7, the high bit first. */
static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        crc ^= (uint32_t)bytes[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc & BIT(31) ? crc << 1 ^ UINT32_C(0x04c11db7) : crc << 1;
    }
    return crc;
}

void gdb_packet_checksum(struct gdb_session *s, struct gdb_text *text)
{
    uint8_t bytes[4096];
    uint64_t address, length;
    uint32_t crc = UINT32_C(0xffffffff);
    if (!gdb_take_range(text, &address, &length) || length > CHECKSUM_MOST) {
        gdb_fail(s, GDB_INVALID, bad_packet);
        return;
    }
    while (length > 0) {
        size_t piece = length < sizeof bytes ? length : sizeof bytes;
        if (machine_peek(s->machine, gdb_hart(s), s->space, address, bytes, piece) < piece) {
            gdb_fail(s, GDB_BAD_ADDRESS, no_memory);
            return;
        }
        crc = crc_of(crc, bytes, piece);
        address += piece;
        length -= piece;
    }
    gdb_reply_print(&s->reply, "C%08x", crc);
}

void gdb_packet_space(struct gdb_session *s, struct gdb_text *text)
{
    static const unsigned numbers[] = {[SPACE_VIRTUAL] = 0, [SPACE_PHYSICAL] = 1, [SPACE_GUEST_PHYSICAL] = 2};
    (void)text;
    gdb_reply_print(&s->reply, "%u", numbers[s->space]);
}

void gdb_packet_set_space(struct gdb_session *s, struct gdb_text *text)
{
    static const enum address_space spaces[] = {SPACE_VIRTUAL, SPACE_PHYSICAL, SPACE_GUEST_PHYSICAL};
    uint64_t number;
    if (!gdb_take_number(text, &number) || number >= ARRAY_SIZE(spaces) || gdb_text_left(text) > 0) {
        gdb_fail(s, GDB_INVALID, bad_packet);
        return;
    }
    s->space = spaces[number];
    gdb_ok(s);
}
