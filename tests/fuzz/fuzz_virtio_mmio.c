/* SPDX-License-Identifier: MIT */
/* A virtio-mmio slot, version 1 or 2, with a console, an entropy device, or a device that keeps its buffers for later,
 * under a driver that mostly keeps the rules and resets whenever it likes. After a reset nothing of before touches
 * guest memory; the line agrees with InterruptStatus; and a driver that kept the rules is never asked for a reset. */
#include <string.h>

#include "../unit/virtio/driver_model.h"
#include "../unit/virtio/fake_port.h"
#include "../unit/virtio/probe_device.h"
#include "fuzz.h"
#include "virtio/console.h"
#include "virtio/rng.h"
#include "virtio/transport_mmio.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x20000)
#define DATA (RAM_BASE + 0x10000)
/* By which the devices are told apart. */
enum { RNG_QUEUES = 1, CONSOLE_QUEUES = 2, QUEUES = 3 };
enum { SEL = 0x30, SIZE = 0x38, ALIGN = 0x3c, PFN = 0x40, READY = 0x44, NOTIFY = 0x50, INTERRUPT = 0x60, ACK = 0x64 };
enum { STATUS = 0x70, AREAS = 0x80, QUEUE_RESET = 0xc0, NEEDS_RESET = 64, ALL_OK = 15 };

struct rig {
    struct ram ram;
    struct guest_mem mem;
    struct probe probe;
    struct fake_port port;
    struct virtio_console *console;
    struct virtio_rng *rng;
    struct virtio_mmio *mmio;
    const struct device *dev;
    struct driver drivers[QUEUES];
    bool running[QUEUES]; /* queues that the driver set up by the rules, and did not stop */
    unsigned queues;
    unsigned lines_said;
    bool legacy;
    bool level;
    bool wild;
};

static void drive(void *target, unsigned input, bool level)
{
    EXPECT(input == 5);
    ((struct rig *)target)->level = level;
}

static void say(void *owner, const char *line)
{
    EXPECT(strlen(line) < 320 && strchr(line, '\n') == NULL);
    EXPECT(++((struct rig *)owner)->lines_said <= 8);
}

static size_t entropy(void *owner, uint8_t *bytes, size_t count)
{
    (void)owner;
    memset(bytes, 0x5a, count);
    return count;
}

static uint32_t get(const struct rig *rig, unsigned offset)
{
    uint64_t value = 0;
    EXPECT(device_read(rig->dev, offset, 4, &value));
    return (uint32_t)value;
}

static void set(struct rig *rig, unsigned offset, uint32_t value)
{
    EXPECT(device_write(rig->dev, offset, 4, value));
}

static struct virtio_device choose_device(struct rig *rig, unsigned choice)
{
    struct virtio_console_port port = {.backend = fake_port_backend(&rig->port)};
    struct entropy_source source = {rig, entropy};
    rig->console = virtio_console_create(&port, 1);
    rig->rng = virtio_rng_create(&source);
    EXPECT(rig->console != NULL && rig->rng != NULL);
    rig->queues = choice == 0 ? CONSOLE_QUEUES : choice == 1 ? RNG_QUEUES : QUEUES;
    if (choice == 0)
        return virtio_console_device(rig->console);
    if (choice == 1)
        return virtio_rng_device(rig->rng);
    return (struct virtio_device){&probe_class, &rig->probe};
}

static void create(struct rig *rig, struct fuzz_input *input)
{
    unsigned kind = (unsigned)fuzz_take(input, 1);
    EXPECT(ram_create(&rig->ram, RAM_BASE, RAM_BYTES, NULL));
    rig->mem = (struct guest_mem){&rig->ram};
    rig->legacy = kind & 1;
    rig->probe.answers = kind & 8;
    struct virtio_mmio_config config = {
        .mem = rig->mem,
        .irq = {rig, drive, 5},
        .message = {rig, say},
        .legacy = rig->legacy,
        .device = choose_device(rig, (kind >> 1) % 4),
    };
    rig->mmio = virtio_mmio_create(&config);
    EXPECT(rig->mmio != NULL);
    rig->dev = virtio_mmio_device(rig->mmio);
}

static uint64_t digest_ram(const struct rig *rig)
{
    uint64_t digest = 0, word;
    for (uint64_t at = 0; at < RAM_BYTES; at += 8) {
        memcpy(&word, rig->ram.host + at, 8);
        digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return digest;
}

/* The device tries to finish all that it ever took. */
static void finish_held(struct rig *rig)
{
    for (unsigned i = 0; i < 64 && i < rig->probe.held_count; i++) {
        virtio_push(rig->probe.v, &rig->probe.held[i], 1);
        virtio_signal(rig->probe.v, rig->probe.held[i].queue);
    }
    rig->probe.held_count = 0;
}

static void type(struct rig *rig, unsigned count)
{
    rig->port.output_count = rig->port.input_first = 0;
    rig->port.room = sizeof rig->port.output;
    rig->port.input_count = count;
    virtio_console_poll(rig->console);
    EXPECT(rig->port.input_count <= count);
}

static void reset(struct rig *rig)
{
    set(rig, STATUS, 0);
    uint64_t before = digest_ram(rig);
    if (rig->probe.v != NULL)
        finish_held(rig);
    if (rig->queues == CONSOLE_QUEUES)
        type(rig, 1);
    EXPECT(get(rig, STATUS) == 0 && get(rig, INTERRUPT) == 0 && !rig->level);
    EXPECT(digest_ram(rig) == before);
    memset(rig->running, 0, sizeof rig->running);
    rig->wild = false;
}

/* The areas of a queue: 0x4000 bytes each, as version 1 lays them out (which is good for version 2 as well). */
static struct virtq_config place(const struct rig *rig, unsigned queue, uint64_t features, uint16_t size)
{
    uint64_t base = RAM_BASE + 0x4000 * (uint64_t)queue;
    return (struct virtq_config){
        .packed = !rig->legacy && (features & BIT(VIRTIO_F_RING_PACKED)) != 0,
        .event_idx = (features & BIT(VIRTIO_F_EVENT_IDX)) != 0,
        .indirect = (features & BIT(VIRTIO_F_INDIRECT_DESC)) != 0,
        .size = size,
        .descriptor_area = base,
        .driver_area = base + 16 * size,
        .device_area = base + 0x2000,
    };
}

static void enable_queue(struct rig *rig, unsigned queue, uint64_t features, uint16_t size)
{
    struct virtq_config config = place(rig, queue, features, size);
    driver_start(&rig->drivers[queue], &rig->mem, &config);
    set(rig, SEL, queue);
    set(rig, SIZE, size);
    if (rig->legacy) {
        set(rig, ALIGN, 0x2000);
        set(rig, PFN, (uint32_t)(config.descriptor_area >> 12));
    } else {
        const uint64_t areas[] = {config.descriptor_area, config.driver_area, config.device_area};
        for (unsigned i = 0; i < 3; i++) {
            set(rig, AREAS + 16 * i, (uint32_t)areas[i]);
            set(rig, AREAS + 16 * i + 4, (uint32_t)(areas[i] >> 32));
        }
        set(rig, READY, 1);
    }
    rig->running[queue] = true;
}

/* By the book: reset, features, queues, DRIVER_OK. */
static void start(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    uint64_t features = (choice & 1 ? BIT(VIRTIO_F_INDIRECT_DESC) : 0) | (choice & 2 ? BIT(VIRTIO_F_EVENT_IDX) : 0);
    if (!rig->legacy)
        features |= BIT(VIRTIO_F_VERSION_1) | (choice & 4 ? BIT(VIRTIO_F_RING_PACKED) : 0) | BIT(VIRTIO_F_RING_RESET);
    reset(rig);
    set(rig, STATUS, 3);
    set(rig, 0x24, 0);
    set(rig, 0x20, (uint32_t)features);
    set(rig, 0x24, 1);
    set(rig, 0x20, (uint32_t)(features >> 32));
    set(rig, STATUS, rig->legacy ? 3 : 11);
    for (unsigned i = 0; i < rig->queues; i++)
        enable_queue(rig, i, features, (uint16_t)(1u << (choice >> 3) % 5));
    set(rig, STATUS, ALL_OK);
    EXPECT(get(rig, STATUS) == ALL_OK);
}

static void offer(struct rig *rig, struct fuzz_input *input)
{
    unsigned shape = (unsigned)fuzz_take(input, 1);
    unsigned queue = shape % rig->queues, count = 1 + (shape >> 2) % 3, writable = (shape >> 4) % 4;
    struct model_buffer buffers[3];
    for (unsigned i = 0; i < count; i++)
        buffers[i] =
            (struct model_buffer){DATA + fuzz_take(input, 2) % 0xff00, 1 + (shape >> 3), i + writable >= count};
    if (!rig->running[queue])
        return;
    driver_add(&rig->drivers[queue], buffers, count, 0);
    if (driver_must_kick(&rig->drivers[queue]))
        set(rig, NOTIFY, queue);
}

static void collect(struct rig *rig)
{
    uint32_t id, written;
    for (unsigned i = 0; i < rig->queues && !rig->wild; i++)
        while (rig->running[i] && driver_used(&rig->drivers[i], &id, &written))
            EXPECT(id < rig->drivers[i].config.size);
    set(rig, ACK, get(rig, INTERRUPT));
}

static void stop_queue(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    unsigned queue = choice % rig->queues;
    set(rig, SEL, queue);
    if (rig->legacy)
        set(rig, PFN, 0);
    else
        set(rig, choice & 0x80 ? QUEUE_RESET : READY, choice >> 7);
    rig->running[queue] = false;
}

static void host_event(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (rig->queues == CONSOLE_QUEUES) {
        type(rig, choice % 64);
        virtio_console_resize(rig->console, 0, (uint16_t)choice, 25);
    } else if (rig->queues == QUEUES) {
        finish_held(rig);
    }
}

/* Any access of any size anywhere. */
static void wild_access(struct rig *rig, struct fuzz_input *input)
{
    uint64_t offset = fuzz_take(input, 2) % 0x300;
    unsigned size = 1u << (fuzz_take(input, 1) & 3);
    uint64_t value = fuzz_take(input, 4), seen;
    rig->wild = true;
    device_read(rig->dev, offset & ~(uint64_t)(size - 1), size, &seen);
    device_write(rig->dev, offset & ~(uint64_t)(size - 1), size, value);
}

static void wild_memory(struct rig *rig, struct fuzz_input *input)
{
    uint64_t offset = fuzz_take(input, 2) % 0xc000;
    uint64_t value = fuzz_take(input, 4);
    rig->wild = true;
    guest_mem_write(&rig->mem, RAM_BASE + offset, &value, 4);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    uint64_t choice = fuzz_take(input, 1);
    if (choice >= 0xf8)
        (choice & 1 ? wild_access : wild_memory)(rig, input);
    else if (choice >= 0xf4)
        start(rig, input);
    else if (choice >= 0xf2)
        reset(rig);
    else if (choice >= 0xf0)
        stop_queue(rig, input);
    else if (choice % 4 == 0)
        collect(rig);
    else if (choice % 4 == 1)
        host_event(rig, input);
    else
        offer(rig, input);
}

static void check(const struct rig *rig)
{
    EXPECT(rig->level == (get(rig, INTERRUPT) != 0));
    EXPECT(rig->wild || (get(rig, STATUS) & NEEDS_RESET) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    create(rig, &input);
    start(rig, &input);
    while (input.left != 0) {
        step(rig, &input);
        check(rig);
    }
    reset(rig);
    virtio_mmio_destroy(rig->mmio);
    virtio_console_destroy(rig->console);
    virtio_rng_destroy(rig->rng);
    ram_destroy(&rig->ram);
    free(rig);
    return 0;
}
