/* SPDX-License-Identifier: MIT */
/* The physical address space outside RAM: devices and ROM by address. */
#ifndef MICROVM_BUS_BUS_H
#define MICROVM_BUS_BUS_H

#include "base/error.h"
#include "bus/device.h"

struct bus;

/* NULL: out of memory. */
struct bus *bus_create(void);
void bus_destroy(struct bus *bus);

/* Maps dev at [base, base + size); the device stays the caller's and may be mapped at several
 * addresses. False: overlap (naming both), size 0, a range that wraps, or out of memory. */
bool bus_attach(struct bus *bus, uint64_t base, uint64_t size, const struct device *dev, struct error *err);

/* Maps read-only memory; bytes are copied and padded with zeros to size. name is borrowed. */
bool bus_attach_rom(struct bus *bus, const char *name, uint64_t base, uint64_t size, const void *bytes, uint64_t length,
                    struct error *err);

/* size 1, 2, 4 or 8, naturally aligned. False: nothing answers. bus_peek reads without side
 * effects. */
bool bus_read(struct bus *bus, uint64_t pa, unsigned size, uint64_t *value);
bool bus_write(struct bus *bus, uint64_t pa, unsigned size, uint64_t value);
bool bus_peek(struct bus *bus, uint64_t pa, unsigned size, uint64_t *value);

/* The same for code: ROM has some, devices have none. */
bool bus_fetch(struct bus *bus, uint64_t pa, unsigned size, uint64_t *value);

/* Resets every device. */
void bus_reset(struct bus *bus);

/* What stands at pa: the device's name, the register's (NULL: between them, or ROM), its meaning and its index in an array, and the
 * distance from the device's base. False: nothing. */
struct bus_place {
    const char *device, *reg, *meaning;
    uint32_t index;
    bool is_array;
    uint64_t offset;
};
bool bus_describe(const struct bus *bus, uint64_t pa, struct bus_place *place);

/* The n-th mapping in address order, for `info mtree` and explanations; false past the end. */
bool bus_mapping(const struct bus *bus, unsigned n, const char **name, uint64_t *base, uint64_t *size);

/* The device of the n-th mapping; NULL: ROM, or past the end. */
const struct device *bus_device(const struct bus *bus, unsigned n);

#endif
