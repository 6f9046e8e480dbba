/* SPDX-License-Identifier: MIT */
#include "machine/random.h"

#include <stdlib.h>

#include "base/bits.h"
#include "machine/entropy.h"
#include "virtio/rng.h"

struct random {
    struct entropy entropy;
    struct virtio_rng *device;
};

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    (void)config;
    (void)err;
    *slots |= BIT(VIRTIO_SLOT_RNG);
    return true;
}

static void destroy(void *owner)
{
    struct random *random = owner;
    virtio_rng_destroy(random->device);
    free(random);
}

static bool create(struct peripherals *p, struct error *err)
{
    const struct machine_config *config = peripherals_parts(p)->config;
    struct random *random = calloc(1, sizeof *random);
    if (random == NULL)
        return error_set(err, "out of memory");
    random->entropy = (struct entropy){config->has_seed || config->clock == CLOCK_VIRTUAL, config->seed,
                                       peripherals_parts(p)->journal};
    struct peripheral made = {.owner = random, .part = entropy_part(&random->entropy), .destroy = destroy};
    if (!peripherals_add(p, &made, err))
        return false;
    struct entropy_source source = {&random->entropy, entropy_fill};
    random->device = virtio_rng_create(&source);
    return random->device != NULL ? peripherals_plug(p, VIRTIO_SLOT_RNG, virtio_rng_device(random->device), err)
                                  : error_set(err, "out of memory");
}

const struct peripheral_kind random_peripheral = {
    .name = "rng",
    .places = BIT(VIRTIO_SLOT_RNG),
    .slots = slots,
    .create = create,
};
