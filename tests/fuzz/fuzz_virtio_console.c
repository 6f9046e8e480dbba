/* SPDX-License-Identifier: MIT */
/* A VirtIO console with three ports under a driver that mostly keeps the rules: bytes of each port leave in order and
 * whole however little room there is, input arrives in order, messages name ports that are there, and a driver that kept
 * the rules is never asked for a reset. */
#include <string.h>

#include "../unit/virtio/driver_model.h"
#include "base/bits.h"
#include "fuzz.h"
#include "virtio/console.h"
#include "virtio/transport_mmio.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x80000)
#define RINGS_BYTES 0x6000u
#define CELLS (RAM_BASE + 0x40000)
#define CELL_BYTES 0x100u
#define PORTS 3
#define SIZE 16
enum { CONTROL_IN = 2, CONTROL_OUT = 3, QUEUES = 8 };
enum { STATUS = 0x70, NOTIFY = 0x50, NEEDS_RESET = 64 };

struct end {
    size_t room, waiting;
    uint8_t sent, received; /* the next byte of the output: at the driver, and here */
    uint8_t typed, seen;    /* the next byte of the input: here, and at the driver */
    bool connected, open;
    const bool *wild;
};

struct rig {
    struct ram ram;
    struct guest_mem mem;
    struct end ends[PORTS];
    struct virtio_console *console;
    struct virtio_mmio *mmio;
    const struct device *dev;
    struct driver drivers[QUEUES];
    bool level, wild, started;
};

static size_t room(void *owner)
{
    return ((struct end *)owner)->room;
}

static size_t take(void *owner, const uint8_t *bytes, size_t count)
{
    struct end *end = owner;
    size_t taken = count < end->room ? count : end->room;
    for (size_t i = 0; i < taken; i++, end->received++)
        EXPECT(*end->wild || bytes[i] == end->received);
    end->room -= taken;
    return taken;
}

static size_t waiting(void *owner)
{
    return ((struct end *)owner)->waiting;
}

static size_t give(void *owner, uint8_t *bytes, size_t size)
{
    struct end *end = owner;
    size_t count = size < end->waiting ? size : end->waiting;
    for (size_t i = 0; i < count; i++)
        bytes[i] = end->typed++;
    end->waiting -= count;
    return count;
}

static bool is_connected(void *owner)
{
    return ((struct end *)owner)->connected;
}

static void set_open(void *owner, bool open)
{
    struct end *end = owner;
    EXPECT(end->open != open);
    end->open = open;
}

static void drive(void *target, unsigned input, bool level)
{
    (void)input;
    ((struct rig *)target)->level = level;
}

static uint32_t get(const struct rig *rig, unsigned offset)
{
    uint64_t value = 0;
    EXPECT(device_read(rig->dev, offset, 4, &value));
    return (uint32_t)value;
}

static void set(const struct rig *rig, unsigned offset, uint64_t value)
{
    EXPECT(device_write(rig->dev, offset, 4, value & UINT32_MAX));
}

static void create(struct rig *rig)
{
    static const struct port_backend backend = {.room = room,
                                                .write = take,
                                                .waiting = waiting,
                                                .read = give,
                                                .is_connected = is_connected,
                                                .set_open = set_open};
    struct virtio_console_port ports[PORTS] = {{.name = ""}, {.name = "port"}, {.name = ""}};
    EXPECT(ram_create(&rig->ram, RAM_BASE, RAM_BYTES, NULL));
    rig->mem = (struct guest_mem){&rig->ram};
    for (unsigned i = 0; i < PORTS; i++) {
        rig->ends[i].wild = &rig->wild;
        ports[i].backend = backend;
        ports[i].backend.owner = &rig->ends[i];
    }
    rig->console = virtio_console_create(ports, PORTS);
    EXPECT(rig->console != NULL);
    struct virtio_mmio_config config = {
        .mem = rig->mem, .irq = {rig, drive, 0}, .device = virtio_console_device(rig->console)};
    rig->mmio = virtio_mmio_create(&config);
    EXPECT(rig->mmio != NULL);
    rig->dev = virtio_mmio_device(rig->mmio);
}

/* What is on its way is lost, and all ports are closed. */
static void reset(struct rig *rig)
{
    set(rig, STATUS, 0);
    EXPECT(get(rig, STATUS) == 0 && !rig->level);
    rig->wild = rig->started = false;
    for (unsigned i = 0; i < PORTS; i++) {
        struct end *end = &rig->ends[i];
        EXPECT(!end->open);
        end->sent = end->received;
        end->seen = end->typed;
    }
}

static void enable_queue(struct rig *rig, unsigned queue, bool packed, bool event_idx)
{
    uint64_t base = RAM_BASE + RINGS_BYTES * (uint64_t)queue;
    struct virtq_config config = {packed, event_idx, false, SIZE, base, base + 0x2000, base + 0x4000};
    const uint64_t areas[] = {config.descriptor_area, config.driver_area, config.device_area};
    driver_start(&rig->drivers[queue], &rig->mem, &config);
    set(rig, 0x30, queue);
    set(rig, 0x38, SIZE);
    for (unsigned i = 0; i < 3; i++) {
        set(rig, 0x80 + 16 * i, areas[i]);
        set(rig, 0x84 + 16 * i, areas[i] >> 32);
    }
    set(rig, 0x44, 1);
}

static void start(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    bool packed = choice & 1, event_idx = choice & 2, multiport = choice % 16 != 15;
    reset(rig);
    set(rig, STATUS, 3);
    set(rig, 0x24, 0);
    set(rig, 0x20, BIT(0) | (multiport ? BIT(1) : 0) | BIT(2) | (event_idx ? BIT(VIRTIO_F_EVENT_IDX) : 0));
    set(rig, 0x24, 1);
    set(rig, 0x20, 1 | (packed ? BIT(VIRTIO_F_RING_PACKED - 32) : 0));
    set(rig, STATUS, 11);
    for (unsigned queue = 0; queue < QUEUES; queue++)
        enable_queue(rig, queue, packed, event_idx);
    set(rig, STATUS, 15);
    EXPECT(get(rig, STATUS) == 15);
    rig->started = true;
}

static bool is_full(const struct rig *rig, unsigned queue)
{
    return rig->drivers[queue].free_count == 0 ||
           (rig->drivers[queue].config.packed && rig->drivers[queue].free_slots == 0);
}

/* Each queue and id has a cell of memory of its own; the id is the next one that the driver's model will use. */
static uint64_t cell(unsigned queue, unsigned id)
{
    return CELLS + CELL_BYTES * (uint64_t)(queue * SIZE + id);
}

static uint64_t next_cell(const struct rig *rig, unsigned queue)
{
    return cell(queue, rig->drivers[queue].free_ids[rig->drivers[queue].free_count - 1]);
}

static void offer(struct rig *rig, unsigned queue, uint32_t bytes, bool writable)
{
    struct model_buffer buffer = {next_cell(rig, queue), bytes, writable};
    int id = driver_add(&rig->drivers[queue], &buffer, 1, 0);
    EXPECT(id >= 0 && cell(queue, (unsigned)id) == buffer.gpa);
    if (driver_must_kick(&rig->drivers[queue]))
        set(rig, NOTIFY, queue);
}

static unsigned queue_of(unsigned port, bool transmit)
{
    return (port == 0 ? 0 : 2 + 2 * port) + transmit;
}

static void offer_output(struct rig *rig, unsigned port, uint32_t bytes)
{
    if (is_full(rig, queue_of(port, true)))
        return;
    uint64_t place = next_cell(rig, queue_of(port, true));
    for (uint32_t i = 0; i < bytes; i++, rig->ends[port].sent++)
        guest_mem_fill(&rig->mem, place + i, rig->ends[port].sent, 1);
    offer(rig, queue_of(port, true), bytes, false);
}

/* A message is never cut off. */
static void offer_room(struct rig *rig, unsigned queue, uint32_t bytes)
{
    if (!is_full(rig, queue))
        offer(rig, queue, queue == CONTROL_IN ? CELL_BYTES : bytes, true);
}

static void offer_message(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (is_full(rig, CONTROL_OUT))
        return;
    uint64_t place = next_cell(rig, CONTROL_OUT);
    guest_mem_write_u32(&rig->mem, place, choice >= 0xf8 ? (uint32_t)fuzz_take(input, 4) : choice % PORTS);
    guest_mem_write_u16(&rig->mem, place + 4, (uint16_t)(choice >> 2) % 8);
    guest_mem_write_u16(&rig->mem, place + 6, choice % 16 != 0);
    offer(rig, CONTROL_OUT, choice == 0xf7 ? 7 : 8, false);
}

static void check_input(struct rig *rig, unsigned port, uint64_t place, uint32_t written)
{
    for (uint32_t i = 0; i < written; i++, rig->ends[port].seen++) {
        uint8_t byte = 0;
        guest_mem_read(&rig->mem, place + i, &byte, 1);
        EXPECT(byte == rig->ends[port].seen);
    }
}

static void check_message(const struct rig *rig, uint64_t place, uint32_t written)
{
    uint32_t id = 0;
    uint16_t event = 0;
    guest_mem_read_u32(&rig->mem, place, &id);
    guest_mem_read_u16(&rig->mem, place + 4, &event);
    EXPECT(written >= 8 && id < PORTS && event < 8 && event != 0 && event != 3);
    EXPECT(event != 7 || (id == 1 && written == 12));
}

static void collect(struct rig *rig)
{
    uint32_t id, written;
    for (unsigned queue = 0; queue < QUEUES && rig->started && !rig->wild; queue++) {
        while (driver_used(&rig->drivers[queue], &id, &written)) {
            EXPECT(id < SIZE);
            if (queue == CONTROL_IN)
                check_message(rig, cell(queue, id), written);
            else if (queue % 2 == 0)
                check_input(rig, queue == 0 ? 0 : queue / 2 - 1, cell(queue, id), written);
            else
                EXPECT(written == 0);
        }
    }
    set(rig, 0x64, get(rig, 0x60));
}

static void host_event(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    struct end *end = &rig->ends[choice % PORTS];
    if (choice % 8 < 3)
        end->room += fuzz_take(input, 1);
    else if (choice % 8 < 6)
        end->waiting += fuzz_take(input, 1);
    else if (choice % 8 == 6)
        end->connected = !end->connected;
    else
        virtio_console_resize(rig->console, choice % PORTS, (uint16_t)choice, 25);
    virtio_console_poll(rig->console);
}

static void go_wild(struct rig *rig, struct fuzz_input *input)
{
    uint64_t where = fuzz_take(input, 3), value = fuzz_take(input, 4), seen;
    rig->wild = true;
    if (where & 1)
        guest_mem_write_u32(&rig->mem, RAM_BASE + (where >> 1) % (RINGS_BYTES * QUEUES), (uint32_t)value);
    else if (where & 2)
        device_write(rig->dev, (where >> 2) % 0x140 & ~UINT64_C(3), 4, value);
    else
        device_read(rig->dev, (where >> 2) % 0x140 & ~UINT64_C(3), 4, &seen);
}

/* A driver that went wild knows nothing of its rings any more until it begins anew. */
static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    unsigned port = choice % PORTS;
    if (choice == 0xff)
        go_wild(rig, input);
    else if (choice >= 0xfa)
        start(rig, input);
    else if (choice >= 0xf8)
        reset(rig);
    else if (choice >= 0x90)
        host_event(rig, input);
    else if (choice >= 0x80)
        collect(rig);
    else if (!rig->started || rig->wild)
        set(rig, NOTIFY, choice);
    else if (choice >= 0x60)
        offer_message(rig, input);
    else if (choice >= 0x20 && choice < 0x40)
        offer_output(rig, port, 1 + (uint32_t)fuzz_take(input, 1));
    else
        offer_room(rig, choice >= 0x40 ? CONTROL_IN : queue_of(port, false), 1 + (uint32_t)fuzz_take(input, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    create(rig);
    start(rig, &input);
    while (input.left != 0) {
        step(rig, &input);
        virtio_console_poll(rig->console);
        EXPECT(rig->wild || !rig->started || get(rig, STATUS) == 15);
    }
    reset(rig);
    virtio_mmio_destroy(rig->mmio);
    virtio_console_destroy(rig->console);
    ram_destroy(&rig->ram);
    free(rig);
    return 0;
}
