/* SPDX-License-Identifier: MIT */
/* The mappings in address order, and the search for the one that an access hits. */
#include "bus/bus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"

/* dev or rom, never both. rom holds size bytes and belongs to the mapping. */
struct mapping {
    const char *name;
    uint64_t base;
    uint64_t size;
    const struct device *dev;
    uint8_t *rom;
};

struct bus {
    struct mapping *maps;
    unsigned count;
    unsigned capacity;
    unsigned last_hit; /* guests poll: the next access mostly hits the same device */
};

struct bus *bus_create(void)
{
    return calloc(1, sizeof(struct bus));
}

void bus_destroy(struct bus *bus)
{
    if (bus == NULL)
        return;
    for (unsigned i = 0; i < bus->count; i++)
        free(bus->maps[i].rom);
    free(bus->maps);
    free(bus);
}

static uint64_t last_byte(const struct mapping *map)
{
    return map->base + (map->size - 1);
}

/* The number of mappings that begin at or below pa. */
static unsigned count_at_or_below(const struct bus *bus, uint64_t pa)
{
    unsigned low = 0;
    unsigned high = bus->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (bus->maps[middle].base <= pa)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool check_range(const struct mapping *map, struct error *err)
{
    if (map->size != 0 && last_byte(map) >= map->base)
        return true;
    return error_set(err,
                     "%s cannot be mapped at 0x%" PRIx64 ": its size 0x%" PRIx64
                     " is zero or runs past the end of the address space",
                     map->name, map->base, map->size);
}

static bool overlap_error(const struct mapping *a, const struct mapping *b, struct error *err)
{
    return error_set(err,
                     "%s at 0x%" PRIx64 "..0x%" PRIx64 " overlaps %s at 0x%" PRIx64 "..0x%" PRIx64 "; move one of them",
                     a->name, a->base, last_byte(a), b->name, b->base, last_byte(b));
}

static bool grow(struct bus *bus, struct error *err)
{
    if (bus->count < bus->capacity)
        return true;
    unsigned capacity = bus->capacity == 0 ? 16 : 2 * bus->capacity;
    struct mapping *maps = realloc(bus->maps, capacity * sizeof *maps);
    if (maps == NULL)
        return error_set(err, "out of memory for the bus");
    bus->maps = maps;
    bus->capacity = capacity;
    return true;
}

/* Takes over map->rom if it succeeds. */
static bool insert(struct bus *bus, const struct mapping *map, struct error *err)
{
    if (!check_range(map, err))
        return false;
    unsigned at = count_at_or_below(bus, map->base);
    if (at > 0 && last_byte(&bus->maps[at - 1]) >= map->base)
        return overlap_error(map, &bus->maps[at - 1], err);
    if (at < bus->count && bus->maps[at].base <= last_byte(map))
        return overlap_error(map, &bus->maps[at], err);
    if (!grow(bus, err))
        return false;
    memmove(&bus->maps[at + 1], &bus->maps[at], (bus->count - at) * sizeof *map);
    bus->maps[at] = *map;
    bus->count++;
    return true;
}

bool bus_attach(struct bus *bus, uint64_t base, uint64_t size, const struct device *dev, struct error *err)
{
    struct mapping map = {.name = dev->name, .base = base, .size = size, .dev = dev};
    return insert(bus, &map, err);
}

bool bus_attach_rom(struct bus *bus, const char *name, uint64_t base, uint64_t size, const void *bytes, uint64_t length,
                    struct error *err)
{
    struct mapping map = {.name = name, .base = base, .size = size};
    if (length > size)
        return error_set(err, "%s holds 0x%" PRIx64 " bytes, and 0x%" PRIx64 " do not fit", name, size, length);
    map.rom = calloc(1, size != 0 ? size : 1);
    if (map.rom == NULL)
        return error_set(err, "out of memory for %s (0x%" PRIx64 " bytes)", name, size);
    if (length != 0)
        memcpy(map.rom, bytes, length);
    if (insert(bus, &map, err))
        return true;
    free(map.rom);
    return false;
}

static bool hits(const struct mapping *map, uint64_t pa, unsigned size)
{
    return range_fits(pa - map->base, size, map->size);
}

/* The mapping that holds all of a naturally aligned access, or NULL. */
static const struct mapping *find(struct bus *bus, uint64_t pa, unsigned size)
{
    if (!is_aligned(pa, size) || bus->count == 0)
        return NULL;
    if (LIKELY(hits(&bus->maps[bus->last_hit], pa, size)))
        return &bus->maps[bus->last_hit];
    unsigned below = count_at_or_below(bus, pa);
    if (below == 0 || !hits(&bus->maps[below - 1], pa, size))
        return NULL;
    bus->last_hit = below - 1;
    return &bus->maps[below - 1];
}

static uint64_t read_rom(const struct mapping *map, uint64_t pa, unsigned size)
{
    return little_get(map->rom + (pa - map->base), size);
}

bool bus_read(struct bus *bus, uint64_t pa, unsigned size, uint64_t *value)
{
    const struct mapping *map = find(bus, pa, size);
    if (map == NULL)
        return false;
    if (map->dev != NULL)
        return device_read(map->dev, pa - map->base, size, value);
    *value = read_rom(map, pa, size);
    return true;
}

/* norm:pma_io_rwx_per_sz: no register is executable, and a fetch must not have a read's side effects. */
bool bus_fetch(struct bus *bus, uint64_t pa, unsigned size, uint64_t *value)
{
    const struct mapping *map = find(bus, pa, size);
    if (map == NULL || map->rom == NULL)
        return false;
    *value = read_rom(map, pa, size);
    return true;
}

bool bus_peek(struct bus *bus, uint64_t pa, unsigned size, uint64_t *value)
{
    const struct mapping *map = find(bus, pa, size);
    if (map == NULL)
        return false;
    if (map->dev != NULL)
        return device_peek(map->dev, pa - map->base, size, value);
    *value = read_rom(map, pa, size);
    return true;
}

bool bus_write(struct bus *bus, uint64_t pa, unsigned size, uint64_t value)
{
    const struct mapping *map = find(bus, pa, size);
    if (map == NULL || map->dev == NULL)
        return false;
    return device_write(map->dev, pa - map->base, size, value);
}

void bus_reset(struct bus *bus)
{
    for (unsigned i = 0; i < bus->count; i++) {
        const struct device *dev = bus->maps[i].dev;
        if (dev != NULL && dev->reset != NULL)
            dev->reset(dev->state);
    }
}

bool bus_mapping(const struct bus *bus, unsigned n, const char **name, uint64_t *base, uint64_t *size)
{
    if (n >= bus->count)
        return false;
    *name = bus->maps[n].name;
    *base = bus->maps[n].base;
    *size = bus->maps[n].size;
    return true;
}

const struct device *bus_device(const struct bus *bus, unsigned n)
{
    return n < bus->count ? bus->maps[n].dev : NULL;
}

bool bus_describe(const struct bus *bus, uint64_t pa, struct bus_place *place)
{
    unsigned below = count_at_or_below(bus, pa);
    if (below == 0 || !hits(&bus->maps[below - 1], pa, 1))
        return false;
    const struct mapping *map = &bus->maps[below - 1];
    *place = (struct bus_place){.device = map->name, .offset = pa - map->base};
    const struct reg *reg = map->dev != NULL ? device_register(map->dev, place->offset, &place->index) : NULL;
    place->reg = reg != NULL ? reg->name : NULL;
    place->meaning = reg != NULL ? reg->meaning : NULL;
    place->is_array = reg != NULL && reg->count > 1;
    return true;
}
