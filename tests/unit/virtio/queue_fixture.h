/* SPDX-License-Identifier: MIT */
/* A queue in 1 MiB of RAM with a driver at its other end, in each kind that can be negotiated. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_QUEUE_FIXTURE_H
#define MICROVM_TESTS_UNIT_VIRTIO_QUEUE_FIXTURE_H

#include "driver_model.h"
#include "virtio/queue.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x100000)
#define RAM_END (RAM_BASE + RAM_BYTES)
#define DESCRIPTORS (RAM_BASE + 0x1000)
#define DRIVER_AREA (RAM_BASE + 0x4000)
#define DEVICE_AREA (RAM_BASE + 0x6000)
#define TABLE (RAM_BASE + 0x8000)
#define DATA (RAM_BASE + 0x10000)

struct rig {
    struct ram ram;
    struct guest_mem mem;
    struct virtq q;
    struct driver driver;
    struct virtio_chain chain;
};

static inline int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    assert_true(ram_create(&rig->ram, RAM_BASE, RAM_BYTES, NULL));
    rig->mem = (struct guest_mem){&rig->ram};
    *state = rig;
    return 0;
}

static inline int tear_down(void **state)
{
    struct rig *rig = *state;
    ram_destroy(&rig->ram);
    test_free(rig);
    return 0;
}

static inline struct virtq_config kind(bool packed, bool event_idx, uint16_t size)
{
    return (struct virtq_config){packed, event_idx, true, size, DESCRIPTORS, DRIVER_AREA, DEVICE_AREA};
}

static inline void start(struct rig *rig, const struct virtq_config *config)
{
    driver_start(&rig->driver, &rig->mem, config);
    assert_int_equal(virtq_start(&rig->q, &rig->mem, config), VIRTQ_OK);
}

static inline struct model_buffer readable(uint64_t gpa, uint32_t bytes)
{
    return (struct model_buffer){gpa, bytes, false};
}

static inline struct model_buffer writable(uint64_t gpa, uint32_t bytes)
{
    return (struct model_buffer){gpa, bytes, true};
}

/* Runs a test for split and packed rings, each without and with the event index. */
static inline void for_each_kind(struct rig *rig, uint16_t size, void (*test)(struct rig *rig))
{
    for (unsigned i = 0; i < 4; i++) {
        struct virtq_config config = kind(i & 1, i & 2, size);
        start(rig, &config);
        test(rig);
    }
}

#endif
