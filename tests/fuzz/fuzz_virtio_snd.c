/* SPDX-License-Identifier: MIT */
/* The sound card under a driver that sends any request at any time: what is played are the samples that were offered, in their
 * order, and no more of them than their rate allows; buffers come back once each; the state can be saved at any moment. Once the
 * driver writes wildly into its rings and registers, only safety is looked at. */
#include "base/bits.h"
#include "saved_part.h"
#include "virtio/snd.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x80000)
#define RINGS_BYTES 0x4000u /* of one queue */
#define REQUEST (RAM_BASE + 0x18000)
#define HEADERS (RAM_BASE + 0x20000)
#define SAMPLES (RAM_BASE + 0x40000)
#define SAMPLE_BYTES 0x800u
#define SIZE 16u

enum { CONTROL, EVENTS, OUTPUT, INPUT, QUEUES };

struct rig {
    struct fuzz_slot slot;
    struct virtio_snd *snd;
    struct virtio_device device;
    struct driver drivers[QUEUES];
    uint64_t now;
    bool runs[SOUND_DIRECTIONS];
    struct sound_format format[SOUND_DIRECTIONS];
    uint64_t since[SOUND_DIRECTIONS]; /* the tick of the last start */
    uint64_t bytes[SOUND_DIRECTIONS]; /* since then */
    uint8_t last;                     /* played: samples count up within a buffer */
    unsigned offered[QUEUES], used[QUEUES];
};

static uint64_t now(void *owner)
{
    return ((struct rig *)owner)->now;
}

static void deadline_changed(void *owner)
{
    (void)owner;
}

static void begin(void *owner, enum sound_direction direction, const struct sound_format *format)
{
    struct rig *rig = owner;
    EXPECT(format->channels >= 1 && format->channels <= SOUND_CHANNELS && virtio_snd_has_rate(format->rate));
    rig->format[direction] = *format;
    if (rig->runs[direction])
        return; /* a restored stream goes on: what it owes since its start comes with the end of its buffer */
    rig->runs[direction] = true;
    rig->since[direction] = rig->now;
    rig->bytes[direction] = 0;
}

static void end(void *owner, enum sound_direction direction)
{
    struct rig *rig = owner;
    EXPECT(rig->runs[direction]);
    rig->runs[direction] = false;
}

static void count(struct rig *rig, enum sound_direction direction, size_t bytes)
{
    const struct sound_format *format = &rig->format[direction];
    rig->bytes[direction] += bytes;
    EXPECT(rig->runs[direction] && bytes % sound_frame_bytes(format) == 0);
    uint64_t frames = rig->bytes[direction] / sound_frame_bytes(format);
    EXPECT(rig->slot.wild || frames <= (rig->now - rig->since[direction]) * format->rate / TIMEBASE_HZ + 1);
}

static void play(void *owner, const uint8_t *bytes, size_t size)
{
    struct rig *rig = owner;
    count(rig, SOUND_OUTPUT, size);
    for (size_t i = 1; i < size && !rig->slot.wild; i++)
        EXPECT(bytes[i] == (uint8_t)(bytes[i - 1] + 1));
}

static size_t capture(void *owner, uint8_t *bytes, size_t size)
{
    count(owner, SOUND_INPUT, size);
    memset(bytes, 0x11, size);
    return size / 2 / 8 * 8;
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
        rig->offered[i] = rig->used[i] = 0;
    }
    slot_set(&rig->slot, 0x70, 15);
}

static void collect(struct rig *rig)
{
    uint32_t id, written;
    for (unsigned i = 0; i < QUEUES && !rig->slot.wild; i++)
        while (driver_used(&rig->drivers[i], &id, &written)) {
            EXPECT(id < SIZE && ++rig->used[i] <= rig->offered[i]);
            EXPECT(i != OUTPUT || written == 8);
        }
}

static void add(struct rig *rig, unsigned queue, const struct model_buffer *buffers, unsigned pieces)
{
    if (driver_add(&rig->drivers[queue], buffers, pieces, 0) >= 0)
        rig->offered[queue]++;
    slot_set(&rig->slot, 0x50, queue);
    collect(rig);
}

/* Mostly one that makes sense. */
static void request(struct rig *rig, struct fuzz_input *input)
{
    uint32_t words[6] = {0};
    unsigned choice = (unsigned)fuzz_take(input, 1), count_of = 1 + choice / 32 % 6;
    words[0] = choice % 8 == 7 ? (uint32_t)fuzz_take(input, 2) : 0x100u + choice % 8 % 6;
    words[1] = (uint32_t)fuzz_take(input, 1) % 3;
    words[2] = choice & 0x40 ? 2 : 4096;
    words[3] = choice & 0x80 ? 32 : 1024;
    words[5] = (uint32_t)fuzz_take(input, 3) & 0x0f1f03;
    if (words[0] == 0x101)
        count_of = 6;
    guest_mem_write(&rig->slot.mem, REQUEST, words, sizeof words);
    const struct model_buffer buffers[] = {{REQUEST, 4 * count_of + 8, false},
                                           {REQUEST + 0x100, 4 + (uint32_t)fuzz_take(input, 1), true}};
    add(rig, CONTROL, buffers, 2);
}

static void offer(struct rig *rig, unsigned queue, struct fuzz_input *input)
{
    unsigned n = rig->offered[queue] % SIZE;
    uint64_t header = HEADERS + 0x1000 * (uint64_t)queue + 32 * n,
             samples = SAMPLES + SAMPLE_BYTES * (SIZE * (queue - OUTPUT) + n);
    uint32_t bytes = 1 + (uint32_t)fuzz_take(input, 2) % SAMPLE_BYTES;
    uint8_t ramp[SAMPLE_BYTES];
    for (unsigned i = 0; i < sizeof ramp; i++)
        ramp[i] = (uint8_t)i;
    collect(rig);
    if (rig->offered[queue] - rig->used[queue] >= SIZE / 4)
        return; /* their places are taken */
    guest_mem_write(&rig->slot.mem, samples, ramp, sizeof ramp);
    guest_mem_write_u32(&rig->slot.mem, header, (uint32_t)(fuzz_take(input, 1) > 0xf0 ? 7 : queue - OUTPUT));
    const struct model_buffer buffers[] = {{header, 4, false}, {samples, bytes, queue == INPUT}, {header + 4, 8, true}};
    add(rig, queue, buffers, 3);
}

static void pass_time(struct rig *rig, uint64_t ticks)
{
    uint64_t until = virtio_snd_deadline(rig->snd);
    rig->now = ticks & 1 && until != UINT64_MAX && until > rig->now && !rig->slot.wild ? until : rig->now + ticks;
    virtio_snd_poll(rig->snd);
    EXPECT(virtio_snd_deadline(rig->snd) > rig->now);
    collect(rig);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned what = (unsigned)fuzz_take(input, 1) % 16;
    if (what < 6)
        request(rig, input);
    else if (what < 9)
        offer(rig, what & 1 ? OUTPUT : INPUT, input);
    else if (what < 13)
        pass_time(rig, fuzz_take(input, 2));
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
    struct sound_backend backend = {rig, begin, end, play, capture};
    struct time_source time = {.owner = rig, .now = now, .deadline_changed = deadline_changed};
    struct sound_format fixed = {SOUND_S16, 2, 44100};
    rig->snd = virtio_snd_create(&backend, &time, fuzz_take(&input, 1) & 1 ? &fixed : NULL);
    EXPECT(rig->snd != NULL);
    rig->device = virtio_snd_device(rig->snd);
    struct virtio_mmio_config config = {.mem = rig->slot.mem, .device = rig->device};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
    start(rig, (unsigned)fuzz_take(&input, 1));
    while (input.left != 0)
        step(rig, &input);
    virtio_mmio_destroy(rig->slot.mmio);
    virtio_snd_destroy(rig->snd);
    ram_destroy(&rig->slot.ram);
    free(rig);
    return 0;
}
