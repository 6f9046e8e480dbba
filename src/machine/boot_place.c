/* SPDX-License-Identifier: MIT */
#include "machine/boot_place.h"

#include "base/bits.h"
#include "mmu/ram.h"

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a - b < b_size || b - a < a_size;
}

void boot_space_take(struct boot_space *space, uint64_t base, uint64_t size)
{
    if (size != 0 && space->count < BOOT_MAX_TAKEN)
        space->taken[space->count++] = (struct boot_range){base, size};
}

void boot_space_take_image(struct boot_space *space, const struct boot_image *image)
{
    for (unsigned i = 0; i < image->segment_count; i++)
        boot_space_take(space, image->segments[i].gpa, image->segments[i].mem_bytes);
}

static const struct boot_range *obstacle(const struct boot_space *space, uint64_t base, uint64_t size)
{
    for (unsigned i = 0; i < space->count; i++)
        if (overlap(base, size, space->taken[i].base, space->taken[i].size))
            return &space->taken[i];
    return NULL;
}

bool boot_space_place(struct boot_space *space, uint64_t size, uint64_t *base)
{
    uint64_t top = space->end;
    while (top > space->base && size != 0 && size <= top - space->base) {
        uint64_t candidate = align_down(top - size, PAGE_BYTES);
        if (candidate < space->base)
            return false;
        const struct boot_range *taken = obstacle(space, candidate, size);
        if (taken == NULL) {
            *base = candidate;
            boot_space_take(space, candidate, size);
            return true;
        }
        top = taken->base;
    }
    return false;
}

bool boot_images_overlap(const struct boot_image *a, const struct boot_image *b, const struct boot_segment **in_a,
                         const struct boot_segment **in_b)
{
    for (unsigned i = 0; i < a->segment_count; i++) {
        for (unsigned k = 0; k < b->segment_count; k++) {
            *in_a = &a->segments[i];
            *in_b = &b->segments[k];
            if (overlap((*in_a)->gpa, (*in_a)->mem_bytes, (*in_b)->gpa, (*in_b)->mem_bytes))
                return true;
        }
    }
    return false;
}
