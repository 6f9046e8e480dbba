/* SPDX-License-Identifier: MIT */
/* Dispatch of an access to the row of the register table that serves it. */
#include "bus/device.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/compiler.h"

/* Where in a table an access landed: a register of a row's array, and a byte in it. */
struct place {
    const struct reg *reg;
    uint32_t index;
    unsigned byte;
};

static bool row_covers(const struct reg *reg, uint64_t offset, struct place *place)
{
    uint64_t distance = offset - reg->offset;
    *place = (struct place){.reg = reg, .byte = (unsigned)distance};
    if (reg->count <= 1)
        return distance < reg->size;
    if (distance >= (uint64_t)reg->count * reg->stride)
        return false;
    place->index = (uint32_t)(distance / reg->stride);
    place->byte = (unsigned)(distance % reg->stride);
    return place->byte < reg->size;
}

static bool row_accepts(const struct place *place, unsigned size)
{
    const struct reg *reg = place->reg;
    if (size > reg->size)
        return size <= reg->widest;
    if (size < reg->size && (reg->narrowest == 0 || size < reg->narrowest))
        return false;
    return place->byte + size <= reg->size;
}

static bool find(const struct device *dev, uint64_t offset, unsigned size, struct place *place)
{
    for (const struct reg *reg = dev->regs; reg->name != NULL; reg++) {
        if (row_covers(reg, offset, place))
            return row_accepts(place, size);
    }
    return false;
}

static uint64_t low_bytes(uint64_t value, unsigned size)
{
    return value & BITS(8 * size - 1, 0);
}

static uint64_t peek_whole(const struct device *dev, const struct place *place)
{
    const struct reg *reg = place->reg;
    uint64_t (*get)(void *, uint32_t) = reg->peek != NULL ? reg->peek : reg->read;
    return get != NULL ? low_bytes(get(dev->state, place->index), reg->size) : 0;
}

bool device_read(const struct device *dev, uint64_t offset, unsigned size, uint64_t *value)
{
    struct place place;
    if (UNLIKELY(dev->calls != NULL))
        return dev->calls->read(dev->state, offset, size, value);
    if (!find(dev, offset, size, &place))
        return false;
    const struct reg *reg = place.reg;
    uint64_t whole = reg->read != NULL ? reg->read(dev->state, place.index) : 0;
    *value = low_bytes(low_bytes(whole, reg->size) >> (8 * place.byte), size);
    return true;
}

bool device_peek(const struct device *dev, uint64_t offset, unsigned size, uint64_t *value)
{
    struct place place;
    if (!find(dev, offset, size, &place))
        return false;
    *value = low_bytes(peek_whole(dev, &place) >> (8 * place.byte), size);
    return true;
}

bool device_write(const struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct place place;
    if (UNLIKELY(dev->calls != NULL))
        return dev->calls->write(dev->state, offset, size, value);
    if (!find(dev, offset, size, &place))
        return false;
    const struct reg *reg = place.reg;
    if (reg->write == NULL)
        return true;
    if (size < reg->size) {
        uint64_t part = BITS(8 * size - 1, 0) << (8 * place.byte);
        value = field_set(peek_whole(dev, &place), part, value);
    }
    reg->write(dev->state, place.index, low_bytes(value, reg->size));
    return true;
}

const struct reg *device_register(const struct device *dev, uint64_t offset, uint32_t *index)
{
    struct place place;
    for (const struct reg *reg = dev->regs; reg->name != NULL; reg++) {
        if (!row_covers(reg, offset, &place))
            continue;
        *index = place.index;
        return reg;
    }
    return NULL;
}
