/* SPDX-License-Identifier: MIT */
/* How often each instruction of the guest was executed or seen, by its address. Owns its table. */
#ifndef MICROVM_OBSERVE_PC_MAP_H
#define MICROVM_OBSERVE_PC_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pc_count {
    uint64_t pc;
    uint64_t count; /* 0: an empty place in the table */
    uint16_t id;    /* enum insn_id, as it was last */
    uint8_t length; /* in bytes */
};

/* All zeros: an empty one. */
struct pc_map {
    struct pc_count *list;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* Adds to what stands for the pc of `more`. False: out of memory. */
bool pc_map_add(struct pc_map *map, const struct pc_count *more);

/* What stands for the pc; NULL: nothing yet. It stays there until something is added. */
const struct pc_count *pc_map_find(const struct pc_map *map, uint64_t pc);

/* Puts the counts in order of address, without holes: list[0] to list[count - 1]. Nothing may be added behind it. */
void pc_map_sort(struct pc_map *map);

void pc_map_destroy(struct pc_map *map);

#endif
