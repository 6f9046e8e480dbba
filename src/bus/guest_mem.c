/* SPDX-License-Identifier: MIT */
/* Checked access to guest RAM by guest physical address. */
#include "bus/guest_mem.h"

#include <string.h>

#include "base/little_endian.h"

bool guest_mem_contains(const struct guest_mem *mem, uint64_t gpa, uint64_t length)
{
    return ram_contains(mem->ram, gpa, length);
}

const uint8_t *guest_mem_source(const struct guest_mem *mem, uint64_t gpa, uint64_t length)
{
    return ram_at(mem->ram, gpa, length);
}

uint8_t *guest_mem_target(const struct guest_mem *mem, uint64_t gpa, uint64_t length)
{
    uint8_t *target = ram_at(mem->ram, gpa, length);
    if (target != NULL)
        ram_will_write(mem->ram, gpa, length);
    return target;
}

void guest_mem_wrote(const struct guest_mem *mem, uint64_t gpa, uint64_t length)
{
    if (guest_mem_contains(mem, gpa, length))
        ram_wrote(mem->ram, gpa, length);
}

bool guest_mem_read(const struct guest_mem *mem, uint64_t gpa, void *bytes, uint64_t length)
{
    const uint8_t *source = ram_at(mem->ram, gpa, length);
    if (source == NULL)
        return false;
    if (length != 0)
        memcpy(bytes, source, length);
    return true;
}

bool guest_mem_write(const struct guest_mem *mem, uint64_t gpa, const void *bytes, uint64_t length)
{
    uint8_t *target = ram_at(mem->ram, gpa, length);
    if (target == NULL)
        return false;
    ram_will_write(mem->ram, gpa, length);
    if (length != 0)
        memcpy(target, bytes, length);
    ram_wrote(mem->ram, gpa, length);
    return true;
}

bool guest_mem_fill(const struct guest_mem *mem, uint64_t gpa, uint8_t byte, uint64_t length)
{
    uint8_t *target = ram_at(mem->ram, gpa, length);
    if (target == NULL)
        return false;
    ram_will_write(mem->ram, gpa, length);
    memset(target, byte, length);
    ram_wrote(mem->ram, gpa, length);
    return true;
}

uint64_t guest_mem_discard(const struct guest_mem *mem, uint64_t gpa, uint64_t length)
{
    return guest_mem_contains(mem, gpa, length) ? ram_discard(mem->ram, gpa, length) : 0;
}

static bool read_number(const struct guest_mem *mem, uint64_t gpa, unsigned size, uint64_t *value)
{
    uint8_t bytes[8];
    if (!guest_mem_read(mem, gpa, bytes, size))
        return false;
    *value = little_get(bytes, size);
    return true;
}

static bool write_number(const struct guest_mem *mem, uint64_t gpa, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    little_put(bytes, size, value);
    return guest_mem_write(mem, gpa, bytes, size);
}

bool guest_mem_read_u16(const struct guest_mem *mem, uint64_t gpa, uint16_t *value)
{
    uint64_t number;
    if (!read_number(mem, gpa, sizeof *value, &number))
        return false;
    *value = (uint16_t)number;
    return true;
}

bool guest_mem_read_u32(const struct guest_mem *mem, uint64_t gpa, uint32_t *value)
{
    uint64_t number;
    if (!read_number(mem, gpa, sizeof *value, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

bool guest_mem_read_u64(const struct guest_mem *mem, uint64_t gpa, uint64_t *value)
{
    return read_number(mem, gpa, sizeof *value, value);
}

bool guest_mem_write_u16(const struct guest_mem *mem, uint64_t gpa, uint16_t value)
{
    return write_number(mem, gpa, sizeof value, value);
}

bool guest_mem_write_u32(const struct guest_mem *mem, uint64_t gpa, uint32_t value)
{
    return write_number(mem, gpa, sizeof value, value);
}

bool guest_mem_write_u64(const struct guest_mem *mem, uint64_t gpa, uint64_t value)
{
    return write_number(mem, gpa, sizeof value, value);
}
