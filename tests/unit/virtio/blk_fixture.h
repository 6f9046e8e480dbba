/* SPDX-License-Identifier: MIT */
/* A block device over a disk in memory, on its MMIO transport, with a driver. The clock is virtual and stands still until it
 * is told. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_BLK_FIXTURE_H
#define MICROVM_TESTS_UNIT_VIRTIO_BLK_FIXTURE_H

#include "../devices/fakes.h"
#include "../host/memory_disk.h"
#include "base/bits.h"
#include "driver_model.h"
#include "virtio/blk.h"
#include "virtio/transport_mmio.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x400000)
#define DESCRIPTORS (RAM_BASE + 0x1000)
#define DRIVER_AREA (RAM_BASE + 0x4000)
#define DEVICE_AREA (RAM_BASE + 0x6000)
#define HEADERS (RAM_BASE + 0x10000) /* one for each id: 16 bytes header, then the status */
#define DATA (RAM_BASE + 0x100000)
#define LATENCY UINT64_C(1000)
#define SECTORS (MEMORY_DISK_BYTES / 512)

enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { S_OK = 0, S_IOERR = 1, S_UNSUPP = 2, S_NONE = 0xee };
enum { F_RO = 5, F_FLUSH = 9, F_CONFIG_WCE = 11, F_DISCARD = 13, F_WRITE_ZEROES = 14 };
enum { WRITEBACK = 32 };

struct blk_rig {
    struct memory_disk memory;
    struct disk_options options;
    struct fake_clock clock;
    struct fake_lines lines;
    struct ram ram;
    struct guest_mem mem;
    struct disk *disk;
    struct virtio_blk *blk;
    struct virtio_mmio *mmio;
    const struct device *dev;
    struct driver driver;
    uint32_t written; /* of the last request that was run */
};

static inline uint64_t mmio_get(const struct blk_rig *rig, uint64_t offset)
{
    return reg_get(rig->dev, offset, 4);
}

static inline void mmio_set(const struct blk_rig *rig, uint64_t offset, uint64_t value)
{
    reg_set(rig->dev, offset, 4, value);
}

static inline uint64_t blk_features(const struct blk_rig *rig)
{
    mmio_set(rig, 0x14, 1);
    uint64_t high = mmio_get(rig, 0x10);
    mmio_set(rig, 0x14, 0);
    return high << 32 | mmio_get(rig, 0x10);
}

static inline void mmio_set_pair(const struct blk_rig *rig, uint64_t offset, uint64_t value)
{
    mmio_set(rig, offset, value & UINT32_MAX);
    mmio_set(rig, offset + 4, value >> 32);
}

/* Resets the device and drives it up, with all features but those without. */
static inline void blk_drive(struct blk_rig *rig, uint64_t without)
{
    mmio_set(rig, 0x70, 0);
    mmio_set(rig, 0x70, 3);
    uint64_t features = blk_features(rig) & ~without;
    mmio_set(rig, 0x24, 0);
    mmio_set(rig, 0x20, features & UINT32_MAX);
    mmio_set(rig, 0x24, 1);
    mmio_set(rig, 0x20, features >> 32);
    mmio_set(rig, 0x70, 11);
    assert_int_equal(mmio_get(rig, 0x70), 11);
    struct virtq_config config = {
        .packed = (features >> VIRTIO_F_RING_PACKED & 1) != 0,
        .event_idx = (features >> VIRTIO_F_EVENT_IDX & 1) != 0,
        .indirect = true,
        .size = 128,
        .descriptor_area = DESCRIPTORS,
        .driver_area = DRIVER_AREA,
        .device_area = DEVICE_AREA,
    };
    driver_start(&rig->driver, &rig->mem, &config);
    mmio_set(rig, 0x30, 0);
    assert_int_equal(mmio_get(rig, 0x34), 512);
    mmio_set(rig, 0x38, config.size);
    mmio_set_pair(rig, 0x80, DESCRIPTORS);
    mmio_set_pair(rig, 0x90, DRIVER_AREA);
    mmio_set_pair(rig, 0xa0, DEVICE_AREA);
    mmio_set(rig, 0x44, 1);
    mmio_set(rig, 0x70, 15);
}

/* The host's side: the disk as rig->options have it, the device and its slot. */
static inline void blk_start(struct blk_rig *rig)
{
    struct time_source time = fake_time(&rig->clock);
    rig->disk = memory_disk_create(&rig->memory, &rig->options, &time, LATENCY);
    rig->blk = virtio_blk_create(rig->disk);
    assert_non_null(rig->blk);
    struct virtio_mmio_config config = {
        .mem = rig->mem, .irq = fake_line(&rig->lines, 0), .device = virtio_blk_device(rig->blk)};
    rig->mmio = virtio_mmio_create(&config);
    assert_non_null(rig->mmio);
    rig->dev = virtio_mmio_device(rig->mmio);
}

static inline void blk_stop(struct blk_rig *rig)
{
    virtio_mmio_destroy(rig->mmio);
    virtio_blk_destroy(rig->blk);
    disk_close(rig->disk, NULL);
    rig->mmio = NULL;
    rig->blk = NULL;
    rig->disk = NULL;
}

static inline int blk_set_up_bare(void **state)
{
    struct blk_rig *rig = test_calloc(1, sizeof *rig);
    strcpy(rig->options.path, "memory");
    strcpy(rig->options.serial, "serial-0123");
    for (size_t i = 0; i < MEMORY_DISK_BYTES; i++)
        rig->memory.now[i] = rig->memory.stable[i] = (uint8_t)(i / 512 + i);
    assert_true(ram_create(&rig->ram, RAM_BASE, RAM_BYTES, NULL));
    rig->mem = (struct guest_mem){&rig->ram};
    *state = rig;
    return 0;
}

static inline int blk_set_up(void **state)
{
    blk_set_up_bare(state);
    blk_start(*state);
    blk_drive(*state, 0);
    return 0;
}

static inline int blk_tear_down(void **state)
{
    struct blk_rig *rig = *state;
    blk_stop(rig);
    ram_destroy(&rig->ram);
    test_free(rig);
    return 0;
}

static inline struct model_buffer to_device(uint64_t gpa, uint32_t bytes)
{
    return (struct model_buffer){gpa, bytes, false};
}

static inline struct model_buffer from_device(uint64_t gpa, uint32_t bytes)
{
    return (struct model_buffer){gpa, bytes, true};
}

static inline void blk_header(const struct blk_rig *rig, uint64_t at, uint32_t type, uint64_t sector)
{
    guest_mem_write_u32(&rig->mem, at, type);
    guest_mem_write_u32(&rig->mem, at + 4, 0);
    guest_mem_write_u64(&rig->mem, at + 8, sector);
    guest_mem_fill(&rig->mem, at + 16, S_NONE, 1);
}

static inline uint8_t blk_status(const struct blk_rig *rig, uint64_t header)
{
    uint8_t status = S_NONE;
    guest_mem_read(&rig->mem, header + 16, &status, 1);
    return status;
}

static inline void blk_notify(const struct blk_rig *rig)
{
    mmio_set(rig, 0x50, 0);
}

/* Offers a request whose header is the n-th; data may have no bytes. */
static inline uint64_t blk_offer(struct blk_rig *rig, unsigned n, uint32_t type, uint64_t sector,
                                 struct model_buffer data)
{
    uint64_t header = HEADERS + 32 * (uint64_t)n;
    blk_header(rig, header, type, sector);
    struct model_buffer buffers[3] = {to_device(header, 16), data, from_device(header + 16, 1)};
    if (data.bytes == 0)
        buffers[1] = buffers[2];
    assert_true(driver_add(&rig->driver, buffers, data.bytes == 0 ? 2 : 3, 0) >= 0);
    return header;
}

/* Lets time pass until the next buffer is used. */
static inline void blk_await(struct blk_rig *rig)
{
    uint32_t id;
    for (;;) {
        if (driver_used(&rig->driver, &id, &rig->written))
            return;
        uint64_t deadline = disk_next_deadline(rig->disk);
        assert_true(deadline != UINT64_MAX);
        rig->clock.ticks = deadline;
        virtio_blk_poll(rig->blk);
    }
}

/* One request from its offer to its end; the status. */
static inline uint8_t blk_run(struct blk_rig *rig, uint32_t type, uint64_t sector, struct model_buffer data)
{
    uint64_t header = blk_offer(rig, 0, type, sector, data);
    blk_notify(rig);
    blk_await(rig);
    return blk_status(rig, header);
}

/* A request of ranges (discard, write zeroes) that were written to DATA. */
static inline void blk_put_range(const struct blk_rig *rig, unsigned n, uint64_t sector, uint32_t count, uint32_t flags)
{
    guest_mem_write_u64(&rig->mem, DATA + 16 * (uint64_t)n, sector);
    guest_mem_write_u32(&rig->mem, DATA + 16 * (uint64_t)n + 8, count);
    guest_mem_write_u32(&rig->mem, DATA + 16 * (uint64_t)n + 12, flags);
}

static inline void assert_guest_bytes(const struct blk_rig *rig, uint64_t gpa, const uint8_t *bytes, size_t count)
{
    const uint8_t *there = guest_mem_source(&rig->mem, gpa, count);
    assert_non_null(there);
    assert_memory_equal(there, bytes, count);
}

#define BLK_TEST(name) cmocka_unit_test_setup_teardown(name, blk_set_up, blk_tear_down)
#define BLK_TEST_BARE(name) cmocka_unit_test_setup_teardown(name, blk_set_up_bare, blk_tear_down)

#endif
