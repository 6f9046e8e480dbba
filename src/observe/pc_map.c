/* SPDX-License-Identifier: MIT */
#include "observe/pc_map.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4096

static size_t place_of(const struct pc_map *map, uint64_t pc)
{
    size_t at = (size_t)(pc * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (map->room - 1);
    while (map->list[at].count != 0 && map->list[at].pc != pc)
        at = (at + 1) & (map->room - 1);
    return at;
}

/* Twice the room. */
static bool grow(struct pc_map *map)
{
    struct pc_map larger = {.room = map->room == 0 ? ROOM_FIRST : 2 * map->room, .count = map->count};
    larger.list = calloc(larger.room, sizeof *larger.list);
    if (larger.list == NULL)
        return false;
    for (size_t i = 0; i < map->room; i++)
        if (map->list[i].count != 0)
            larger.list[place_of(&larger, map->list[i].pc)] = map->list[i];
    free(map->list);
    *map = larger;
    return true;
}

bool pc_map_add(struct pc_map *map, const struct pc_count *more)
{
    if (more->count == 0)
        return true;
    if (4 * (map->count + 1) > 3 * map->room && !grow(map))
        return false;
    struct pc_count *slot = &map->list[place_of(map, more->pc)];
    uint64_t before = slot->count;
    map->count += before == 0;
    *slot = *more;
    slot->count += before;
    return true;
}

const struct pc_count *pc_map_find(const struct pc_map *map, uint64_t pc)
{
    const struct pc_count *found = map->room == 0 ? NULL : &map->list[place_of(map, pc)];
    return found != NULL && found->count != 0 ? found : NULL;
}

static int by_pc(const void *left, const void *right)
{
    const struct pc_count *a = left, *b = right;
    return (a->pc > b->pc) - (a->pc < b->pc);
}

void pc_map_sort(struct pc_map *map)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->room; i++)
        if (map->list[i].count != 0)
            map->list[kept++] = map->list[i];
    if (kept > 0)
        qsort(map->list, kept, sizeof *map->list, by_pc);
}

void pc_map_destroy(struct pc_map *map)
{
    free(map->list);
    *map = (struct pc_map){NULL, 0, 0};
}
