/* SPDX-License-Identifier: MIT */
/* An entropy device whose source may run dry, under a driver that offers buffers of any shape: what is written is what the
 * source gave, no more than the buffer holds, and nothing else in memory changes. */
#include <string.h>

#include "../unit/virtio/driver_model.h"
#include "base/bits.h"
#include "fuzz.h"
#include "virtio/rng.h"
#include "virtio/transport_mmio.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x20000)
#define DATA (RAM_BASE + 0x10000)
#define DATA_BYTES 0x10000u
#define SIZE 16
#define FILL 0x5a

struct rig {
    struct ram ram;
    struct guest_mem mem;
    uint64_t left; /* bytes that the source will give */
    uint64_t given;
    struct virtio_rng *rng;
    struct virtio_mmio *mmio;
    const struct device *dev;
    struct driver driver;
};

static size_t source(void *owner, uint8_t *bytes, size_t count)
{
    struct rig *rig = owner;
    size_t made = count < rig->left ? count : (size_t)rig->left;
    memset(bytes, FILL, made);
    rig->left -= made;
    rig->given += made;
    return made;
}

static void set(const struct rig *rig, unsigned offset, uint64_t value)
{
    EXPECT(device_write(rig->dev, offset, 4, value & UINT32_MAX));
}

static void start(struct rig *rig, unsigned choice)
{
    struct virtq_config config = {choice & 1, choice & 2, true, SIZE, RAM_BASE, RAM_BASE + 0x2000, RAM_BASE + 0x4000};
    const uint64_t areas[] = {config.descriptor_area, config.driver_area, config.device_area};
    set(rig, 0x70, 0);
    set(rig, 0x70, 3);
    set(rig, 0x24, 0);
    set(rig, 0x20, BIT(VIRTIO_F_INDIRECT_DESC) | (config.event_idx ? BIT(VIRTIO_F_EVENT_IDX) : 0));
    set(rig, 0x24, 1);
    set(rig, 0x20, 1 | (config.packed ? BIT(VIRTIO_F_RING_PACKED - 32) : 0));
    set(rig, 0x70, 11);
    driver_start(&rig->driver, &rig->mem, &config);
    set(rig, 0x30, 0);
    set(rig, 0x38, SIZE);
    for (unsigned i = 0; i < 3; i++) {
        set(rig, 0x80 + 16 * i, areas[i]);
        set(rig, 0x84 + 16 * i, areas[i] >> 32);
    }
    set(rig, 0x44, 1);
    set(rig, 0x70, 15);
}

static uint64_t count_filled(const struct rig *rig)
{
    const uint8_t *bytes = guest_mem_source(&rig->mem, DATA, DATA_BYTES);
    uint64_t filled = 0;
    for (unsigned i = 0; i < DATA_BYTES; i++) {
        EXPECT(bytes[i] == 0 || bytes[i] == FILL);
        filled += bytes[i] == FILL;
    }
    return filled;
}

/* One buffer, from its offer to its end. */
static void ask(struct rig *rig, struct fuzz_input *input)
{
    struct model_buffer pieces[3];
    unsigned count = 1 + (unsigned)fuzz_take(input, 1) % 3, readable = (unsigned)fuzz_take(input, 1) % 8;
    uint64_t at = DATA, wanted = 0;
    uint32_t id, written = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t bytes = (uint32_t)fuzz_take(input, 2) % 0x5000;
        pieces[i] = (struct model_buffer){at, bytes, i >= readable % 4};
        wanted += pieces[i].write ? bytes : 0;
        at += bytes;
    }
    guest_mem_fill(&rig->mem, DATA, 0, DATA_BYTES);
    rig->left = fuzz_take(input, 2);
    rig->given = 0;
    EXPECT(driver_add(&rig->driver, pieces, count, 0) >= 0);
    set(rig, 0x50, 0);
    EXPECT(driver_used(&rig->driver, &id, &written));
    EXPECT(written == rig->given && written <= wanted && count_filled(rig) == written);
    EXPECT(rig->left == 0 || written == wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL && ram_create(&rig->ram, RAM_BASE, RAM_BYTES, NULL));
    rig->mem = (struct guest_mem){&rig->ram};
    struct entropy_source entropy = {rig, source};
    rig->rng = virtio_rng_create(&entropy);
    EXPECT(rig->rng != NULL);
    struct virtio_mmio_config config = {.mem = rig->mem, .device = virtio_rng_device(rig->rng)};
    rig->mmio = virtio_mmio_create(&config);
    EXPECT(rig->mmio != NULL);
    rig->dev = virtio_mmio_device(rig->mmio);
    start(rig, (unsigned)fuzz_take(&input, 1));
    while (input.left != 0)
        if (fuzz_take(&input, 1) >= 0xf0)
            start(rig, (unsigned)fuzz_take(&input, 1));
        else
            ask(rig, &input);
    virtio_mmio_destroy(rig->mmio);
    virtio_rng_destroy(rig->rng);
    ram_destroy(&rig->ram);
    free(rig);
    return 0;
}
