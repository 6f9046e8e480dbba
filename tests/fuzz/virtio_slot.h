/* SPDX-License-Identifier: MIT */
/* A virtio-mmio slot as its driver sees it, and a driver that goes wild: from then on the slot may refuse what it is told,
 * and only safety is looked at. */
#ifndef MICROVM_TESTS_FUZZ_VIRTIO_SLOT_H
#define MICROVM_TESTS_FUZZ_VIRTIO_SLOT_H

#include "../unit/virtio/driver_model.h"
#include "fuzz.h"
#include "virtio/transport_mmio.h"

struct fuzz_slot {
    struct ram ram;
    struct guest_mem mem;
    struct virtio_mmio *mmio;
    bool wild;
};

static inline uint64_t slot_get(const struct fuzz_slot *slot, uint64_t offset)
{
    uint64_t value = 0;
    EXPECT(device_read(virtio_mmio_device(slot->mmio), offset, 4, &value) || slot->wild);
    return value;
}

static inline void slot_set(const struct fuzz_slot *slot, uint64_t offset, uint64_t value)
{
    EXPECT(device_write(virtio_mmio_device(slot->mmio), offset, 4, value) || slot->wild);
}

/* Tells version 2 where the selected queue is, and that it is ready. */
static inline void slot_ready_queue(const struct fuzz_slot *slot, const struct virtq_config *config)
{
    static const uint16_t registers[] = {0x80, 0x90, 0xa0};
    const uint64_t areas[] = {config->descriptor_area, config->driver_area, config->device_area};
    for (unsigned i = 0; i < 3; i++) {
        slot_set(slot, registers[i], areas[i] & UINT32_MAX);
        slot_set(slot, registers[i] + 4u, areas[i] >> 32);
    }
    slot_set(slot, 0x44, 1);
}

/* Writes anything to the rings or to a register. */
static inline void slot_go_wild(struct fuzz_slot *slot, struct fuzz_input *input, uint64_t rings, uint64_t rings_bytes)
{
    slot->wild = true;
    uint64_t where = fuzz_take(input, 2), value = fuzz_take(input, 4);
    if (where & 1)
        guest_mem_write_u32(&slot->mem, rings + (where >> 1) % rings_bytes, (uint32_t)value);
    else
        device_write(virtio_mmio_device(slot->mmio), (where >> 1) % 0x140 & ~UINT64_C(3), 4, value);
}

#endif
