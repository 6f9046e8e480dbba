/* SPDX-License-Identifier: MIT */
/* The rows of map.def. */
#include "machine/map.h"

static const struct map_row rows[] = {
#define MAP(id, name, class, base, size, irq) {name, MAP_CLASS_##class, UINT64_C(base), UINT64_C(size), irq},
#include "machine/map.def"
#undef MAP
};

const struct map_row *map_row(enum map_id id)
{
    return &rows[id];
}
