/* SPDX-License-Identifier: MIT */
/* The physical memory map as numbers and as a table, both made from map.def. */
#ifndef MICROVM_MACHINE_MAP_H
#define MICROVM_MACHINE_MAP_H

#include <stdint.h>

enum map_class { MAP_CLASS_MEMORY, MAP_CLASS_ROM, MAP_CLASS_DEVICE, MAP_CLASS_ALIAS };

enum map_id {
#define MAP(id, name, class, base, size, irq) MAP_##id,
#include "machine/map.def"
#undef MAP
    MAP_COUNT
};

struct map_row {
    const char *name;
    enum map_class class;
    uint64_t base;
    uint64_t size; /* 0: as large as the configuration says */
    unsigned irq;  /* source at the PLIC, 0: none */
};

/* The row of an id below MAP_COUNT. */
const struct map_row *map_row(enum map_id id);

#endif
