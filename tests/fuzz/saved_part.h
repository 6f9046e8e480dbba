/* SPDX-License-Identifier: MIT */
/* What a device would be saved as, at any moment, it would take back, and be the same. */
#ifndef MICROVM_TESTS_FUZZ_SAVED_PART_H
#define MICROVM_TESTS_FUZZ_SAVED_PART_H

#include <string.h>

#include "fuzz.h"
#include "virtio/core.h"

static inline void save_and_load(const struct virtio_device *device)
{
    struct state_part part = virtio_part(device);
    struct error err = {""};
    size_t count = state_part_bytes(&part);
    uint8_t *before = malloc(count + 1), *after = malloc(count + 1);
    EXPECT(before != NULL && after != NULL);
    state_part_save(&part, before);
    EXPECT(state_part_check(&part, before, count, &err));
    EXPECT(state_part_load(&part, before, count, &err));
    EXPECT(state_part_bytes(&part) == count);
    state_part_save(&part, after);
    EXPECT(memcmp(before, after, count) == 0);
    free(before);
    free(after);
}

#endif
