/* SPDX-License-Identifier: MIT */
/* A keyboard or a tablet against a plain model: groups arrive whole and in order, each with its report, or not at all; LEDs are
 * what the guest has set. The driver is mostly right; once it goes wild, only safety is looked at. */
#include "base/bits.h"
#include "base/little_endian.h"
#include "saved_part.h"
#include "virtio/input.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x40000)
#define RINGS_BYTES 0x4000u /* of one queue */
#define BUFFERS (RAM_BASE + 0x10000)
#define STATUS (RAM_BASE + 0x20000)
#define SIZE 16u

enum { EVENTS, STATUSES, QUEUES };

struct rig {
    struct fuzz_slot slot;
    struct virtio_input *input;
    const struct virtio_input_model *model;
    struct virtio_device device;
    struct driver drivers[QUEUES];
    unsigned free_buffers;             /* offered and not used */
    uint64_t sent[4 * SIZE];           /* that the guest has to see, the next first */
    unsigned sent_count, next_address; /* bytes of the next buffer: its own place */
    uint64_t places[SIZE * 2];         /* by id */
    unsigned leds, told;
};

static void set_leds(void *owner, unsigned leds)
{
    ((struct rig *)owner)->told = leds;
}

static void has_room(void *owner)
{
    (void)owner;
}

static void start(struct rig *rig, unsigned choice)
{
    slot_set(&rig->slot, 0x70, 0);
    slot_set(&rig->slot, 0x70, 3);
    slot_set(&rig->slot, 0x24, 0);
    slot_set(&rig->slot, 0x20, choice & 2 ? BIT(VIRTIO_F_EVENT_IDX) : 0);
    slot_set(&rig->slot, 0x24, 1);
    slot_set(&rig->slot, 0x20, 1 | (choice & 1 ? BIT(VIRTIO_F_RING_PACKED - 32) : 0));
    slot_set(&rig->slot, 0x70, 11);
    for (unsigned i = 0; i < QUEUES; i++) {
        uint64_t base = RAM_BASE + i * RINGS_BYTES;
        struct virtq_config config = {choice & 1, choice & 2, false, SIZE, base, base + 0x1000, base + 0x2000};
        driver_start(&rig->drivers[i], &rig->slot.mem, &config);
        slot_set(&rig->slot, 0x30, i);
        slot_set(&rig->slot, 0x38, SIZE);
        slot_ready_queue(&rig->slot, &config);
    }
    slot_set(&rig->slot, 0x70, 15);
    rig->free_buffers = rig->sent_count = rig->leds = 0;
}

static void offer(struct rig *rig, uint32_t bytes)
{
    uint64_t at = BUFFERS + 16 * (uint64_t)(rig->next_address % (2 * SIZE));
    struct model_buffer buffer = {at, bytes, true};
    int id = driver_add(&rig->drivers[EVENTS], &buffer, 1, 0);
    if (id >= 0 && (unsigned)id < SIZE) {
        rig->places[id] = at;
        rig->free_buffers++;
        rig->next_address++;
    }
    slot_set(&rig->slot, 0x50, EVENTS);
}

/* Takes what was used, and holds it against what was sent. */
static void look(struct rig *rig)
{
    uint32_t id, written;
    unsigned seen = 0;
    while (!rig->slot.wild && driver_used(&rig->drivers[EVENTS], &id, &written)) {
        uint64_t bytes;
        EXPECT(id < SIZE && written == 8 && seen < rig->sent_count);
        guest_mem_read_u64(&rig->slot.mem, rig->places[id], &bytes);
        EXPECT(bytes == rig->sent[seen]);
        seen++;
    }
    EXPECT(rig->slot.wild || seen == rig->sent_count);
    rig->sent_count = 0;
}

static void send(struct rig *rig, struct fuzz_input *input)
{
    struct virtio_input_event group[VIRTIO_INPUT_GROUP];
    uint64_t expected[VIRTIO_INPUT_GROUP + 1];
    unsigned count = 1 + (unsigned)fuzz_take(input, 1) % VIRTIO_INPUT_GROUP, kept = 0;
    bool listens = virtio_input_is_listening(rig->input);
    for (unsigned i = 0; i < count; i++) {
        group[i] = (struct virtio_input_event){(uint16_t)(fuzz_take(input, 1) % 4),
                                               (uint16_t)(fuzz_take(input, 2) % 0x120), (uint32_t)fuzz_take(input, 1)};
        if (virtio_input_has(rig->model, group[i].type, group[i].code))
            expected[kept++] = group[i].type | (uint64_t)group[i].code << 16 | (uint64_t)group[i].value << 32;
    }
    bool fits = kept == 0 || !listens || kept + 1 <= rig->free_buffers;
    EXPECT(virtio_input_send(rig->input, group, count) == fits || rig->slot.wild);
    if (fits && kept != 0 && listens && !rig->slot.wild) {
        expected[kept++] = 0;
        memcpy(rig->sent, expected, kept * sizeof expected[0]);
        rig->sent_count = kept;
        rig->free_buffers -= kept;
    }
    look(rig);
}

static void set_light(struct rig *rig, struct fuzz_input *input)
{
    unsigned type = fuzz_take(input, 1) & 1 ? INPUT_EV_LED : INPUT_EV_REP, code = (unsigned)fuzz_take(input, 1) % 5;
    unsigned value = (unsigned)fuzz_take(input, 1) & 1;
    uint32_t id, written;
    guest_mem_write_u64(&rig->slot.mem, STATUS, type | (uint64_t)code << 16 | (uint64_t)value << 32);
    struct model_buffer buffer = {STATUS, 8, false};
    if (driver_add(&rig->drivers[STATUSES], &buffer, 1, 0) < 0)
        return;
    slot_set(&rig->slot, 0x50, STATUSES);
    if (rig->slot.wild)
        return;
    EXPECT(driver_used(&rig->drivers[STATUSES], &id, &written));
    if (type == INPUT_EV_LED && virtio_input_has(rig->model, type, code))
        rig->leds = value ? rig->leds | 1u << code : rig->leds & ~(1u << code);
    EXPECT(rig->told == rig->leds);
}

static void ask(struct rig *rig, struct fuzz_input *input)
{
    const struct device *dev = virtio_mmio_device(rig->slot.mmio);
    uint64_t size = 0, byte = 0;
    device_write(dev, 0x100, 1, fuzz_take(input, 1));
    device_write(dev, 0x101, 1, fuzz_take(input, 1));
    device_read(dev, 0x102, 1, &size);
    EXPECT(size <= 128);
    for (unsigned i = (unsigned)size; i < 128; i++) {
        device_read(dev, 0x108 + i, 1, &byte);
        EXPECT(byte == 0);
    }
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned what = (unsigned)fuzz_take(input, 1) % 16;
    if (what < 6)
        offer(rig, 8 + (uint32_t)fuzz_take(input, 1) % 9);
    else if (what < 10)
        send(rig, input);
    else if (what < 12)
        set_light(rig, input);
    else if (what == 12)
        ask(rig, input);
    else if (what == 13)
        save_and_load(&rig->device);
    else if (what == 14 && !rig->slot.wild)
        start(rig, (unsigned)fuzz_take(input, 1));
    else if (what == 15 && fuzz_take(input, 1) > 0xc0)
        slot_go_wild(&rig->slot, input, RAM_BASE, QUEUES * RINGS_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL && ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    rig->model = fuzz_take(&input, 1) & 1 ? &virtio_input_tablet : &virtio_input_keyboard;
    struct virtio_input_backend backend = {rig, set_leds, has_room};
    rig->input = virtio_input_create(rig->model, &backend);
    EXPECT(rig->input != NULL);
    rig->device = virtio_input_device(rig->input);
    struct virtio_mmio_config config = {.mem = rig->slot.mem, .device = rig->device};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
    start(rig, (unsigned)fuzz_take(&input, 1));
    while (input.left != 0)
        step(rig, &input);
    virtio_mmio_destroy(rig->slot.mmio);
    virtio_input_destroy(rig->input);
    ram_destroy(&rig->slot.ram);
    free(rig);
    return 0;
}
