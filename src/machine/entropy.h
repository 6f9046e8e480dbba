/* SPDX-License-Identifier: MIT */
/* Where a machine's random numbers come from: the host, or the run's seed, so that a run can be like another. Owns the
 * generator's state. */
#ifndef MICROVM_MACHINE_ENTROPY_H
#define MICROVM_MACHINE_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/state.h"
#include "host/journal.h"

struct entropy {
    bool seeded;
    uint64_t state;
    struct journal *journal; /* has what the host gave */
};

/* Fills bytes from the sequence that a seed begins. */
void entropy_from_seed(uint64_t seed, uint8_t *bytes, size_t count);

struct state_part entropy_part(struct entropy *entropy);

/* An entropy_source's function (virtio/rng.h); owner is a struct entropy. */
size_t entropy_fill(void *owner, uint8_t *bytes, size_t count);

#endif
