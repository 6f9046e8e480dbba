/* SPDX-License-Identifier: MIT */
/* A virtio-mmio slot with RAM, a recorded interrupt line and recorded messages, and the steps of a driver that sets it
 * up. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_SLOT_FIXTURE_H
#define MICROVM_TESTS_UNIT_VIRTIO_SLOT_FIXTURE_H

#include "base/bits.h"
#include "devices/fakes.h"
#include "driver_model.h"
#include "virtio/transport_mmio.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x100000)
#define RAM_END (RAM_BASE + RAM_BYTES)
#define TABLE (RAM_BASE + 0x80000)
#define DATA (RAM_BASE + 0x90000)

enum {
    MAGIC_VALUE = 0x00,
    VERSION = 0x04,
    DEVICE_ID = 0x08,
    VENDOR = 0x0c,
    DEVICE_FEATURES = 0x10,
    DEVICE_FEATURES_SEL = 0x14,
    DRIVER_FEATURES = 0x20,
    DRIVER_FEATURES_SEL = 0x24,
    GUEST_PAGE_SIZE = 0x28,
    QUEUE_SEL = 0x30,
    QUEUE_SIZE_MAX = 0x34,
    QUEUE_SIZE_NOW = 0x38,
    QUEUE_ALIGN = 0x3c,
    QUEUE_PFN = 0x40,
    QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60,
    INTERRUPT_ACK = 0x64,
    STATUS = 0x70,
    QUEUE_DESC = 0x80,
    QUEUE_DRIVER = 0x90,
    QUEUE_DEVICE = 0xa0,
    QUEUE_RESET = 0xc0,
    CONFIG_GENERATION = 0xfc,
    CONFIG = 0x100,
};

#define MOVED_BYTES 0x4000000u

enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

struct slot {
    struct ram ram;
    struct guest_mem mem;
    struct fake_lines lines;
    char said[320]; /* the last line */
    unsigned lines_said;
    struct virtio_mmio *mmio;
    const struct device *dev;
    struct driver drivers[8]; /* of the first queues */
};

static inline void slot_say(void *owner, const char *line)
{
    struct slot *slot = owner;
    slot->lines_said++;
    strncpy(slot->said, line, sizeof slot->said - 1);
}

static inline struct slot *slot_create(struct virtio_device device, bool legacy, uint64_t withheld)
{
    struct slot *slot = test_calloc(1, sizeof *slot);
    assert_true(ram_create(&slot->ram, RAM_BASE, RAM_BYTES, NULL));
    slot->mem = (struct guest_mem){&slot->ram};
    struct virtio_mmio_config config = {
        .mem = slot->mem,
        .irq = fake_line(&slot->lines, 3),
        .message = {slot, slot_say},
        .legacy = legacy,
        .withheld = withheld,
        .device = device,
    };
    slot->mmio = virtio_mmio_create(&config);
    assert_non_null(slot->mmio);
    slot->dev = virtio_mmio_device(slot->mmio);
    return slot;
}

static inline void slot_destroy(struct slot *slot)
{
    virtio_mmio_destroy(slot->mmio);
    ram_destroy(&slot->ram);
    test_free(slot);
}

static inline uint32_t get(const struct slot *slot, unsigned offset)
{
    return (uint32_t)reg_get(slot->dev, offset, 4);
}

static inline void set(const struct slot *slot, unsigned offset, uint32_t value)
{
    reg_set(slot->dev, offset, 4, value);
}

static inline bool irq(const struct slot *slot)
{
    return slot->lines.level[3];
}

static inline uint64_t slot_offered(const struct slot *slot)
{
    set(slot, DEVICE_FEATURES_SEL, 1);
    uint64_t high = get(slot, DEVICE_FEATURES);
    set(slot, DEVICE_FEATURES_SEL, 0);
    return high << 32 | get(slot, DEVICE_FEATURES);
}

/* Up to FEATURES_OK; whether the device accepts. */
static inline bool slot_negotiate(const struct slot *slot, uint64_t features)
{
    set(slot, STATUS, 0);
    set(slot, STATUS, ACKNOWLEDGE);
    set(slot, STATUS, ACKNOWLEDGE | DRIVER);
    set(slot, DRIVER_FEATURES_SEL, 0);
    set(slot, DRIVER_FEATURES, (uint32_t)features);
    set(slot, DRIVER_FEATURES_SEL, 1);
    set(slot, DRIVER_FEATURES, (uint32_t)(features >> 32));
    set(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (get(slot, STATUS) & FEATURES_OK) != 0;
}

static inline void slot_set_address(const struct slot *slot, unsigned at, uint64_t value)
{
    set(slot, at, (uint32_t)value);
    set(slot, at + 4, (uint32_t)(value >> 32));
}

static inline struct virtq_config slot_place(unsigned queue, uint64_t features, uint16_t size)
{
    uint64_t base = RAM_BASE + 0x10000 * (uint64_t)queue;
    return (struct virtq_config){(features & BIT(VIRTIO_F_RING_PACKED)) != 0,
                                 (features & BIT(VIRTIO_F_EVENT_IDX)) != 0,
                                 (features & BIT(VIRTIO_F_INDIRECT_DESC)) != 0,
                                 size,
                                 base,
                                 base + 0x4000,
                                 base + 0x8000};
}

static inline void slot_enable_queue(struct slot *slot, unsigned queue, uint64_t features, uint16_t size)
{
    struct virtq_config config = slot_place(queue, features, size);
    driver_start(&slot->drivers[queue], &slot->mem, &config);
    set(slot, QUEUE_SEL, queue);
    assert_int_equal(get(slot, QUEUE_READY), 0);
    set(slot, QUEUE_SIZE_NOW, size);
    slot_set_address(slot, QUEUE_DESC, config.descriptor_area);
    slot_set_address(slot, QUEUE_DRIVER, config.driver_area);
    slot_set_address(slot, QUEUE_DEVICE, config.device_area);
    set(slot, QUEUE_READY, 1);
    assert_int_equal(get(slot, QUEUE_READY), 1);
}

/* The whole of VirtIO 1.3 3.1.1 with the first queues of a device. */
static inline void slot_start(struct slot *slot, uint64_t features, unsigned queues, uint16_t size)
{
    assert_true(slot_negotiate(slot, features));
    for (unsigned i = 0; i < queues; i++)
        slot_enable_queue(slot, i, features, size);
    set(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    assert_int_equal(get(slot, STATUS), ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

/* Offers a buffer and notifies; its id. */
static inline int slot_offer(struct slot *slot, unsigned queue, struct model_buffer buffer)
{
    int id = driver_add(&slot->drivers[queue], &buffer, 1, 0);
    assert_true(id >= 0);
    set(slot, QUEUE_NOTIFY, queue);
    return id;
}

/* Saves transport and device, and loads them into another slot; RAM and the drivers go with them. */
static inline void slot_move(const struct slot *from, struct slot *to)
{
    uint8_t *bytes = test_malloc(MOVED_BYTES);
    struct error err = {""};
    for (unsigned i = 0; i < 2; i++) {
        const struct device *devices[] = {from->dev, to->dev};
        struct state_part parts[2];
        for (unsigned j = 0; j < 2; j++)
            parts[j] = i == 1 ? *devices[j]->behind
                              : (struct state_part){"slot", devices[j]->state, devices[j]->saved, NULL};
        size_t count = state_part_bytes(&parts[0]);
        assert_true(count <= MOVED_BYTES);
        state_part_save(&parts[0], bytes);
        if (!state_part_load(&parts[1], bytes, count, &err))
            fail_msg("%s", err.text);
    }
    test_free(bytes);
    memcpy(to->ram.host, from->ram.host, RAM_BYTES);
    memcpy(to->drivers, from->drivers, sizeof to->drivers);
    for (unsigned i = 0; i < sizeof to->drivers / sizeof to->drivers[0]; i++)
        to->drivers[i].mem = to->mem;
}

static inline bool slot_used(struct slot *slot, unsigned queue, uint32_t *written)
{
    uint32_t id;
    return driver_used(&slot->drivers[queue], &id, written);
}

#endif
