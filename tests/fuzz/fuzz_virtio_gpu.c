/* SPDX-License-Identifier: MIT */
/* The graphics card through its transport, against a plain model: which answer each command gets, which pixels a screen shows, and
 * that a card that is loaded from another's state goes on as that would have. The driver is mostly right; once it writes wildly into
 * its rings and registers, or state was loaded that somebody has damaged, only safety is looked at. */
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "virtio/core.h"
#include "virtio/gpu.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x40000)
#define RINGS (RAM_BASE + 0x10000)
#define RINGS_BYTES 0x4000u /* of one queue */
#define REQUEST (RAM_BASE + 0x20000)
#define ANSWER (RAM_BASE + 0x22000)
#define PICTURE (RAM_BASE + 0x30000)
#define PICTURE_BYTES 0x8000u
#define QUEUE_SIZE 8u
#define QUEUES 2u
#define HEADS 2u
#define IDS 5u   /* numbers of resources, 0 with them */
#define SIDE 70u /* the largest side of a model's resource */

enum { OK = 0x1100, UNSPEC = 0x1200, OUT_OF_MEMORY, BAD_SCANOUT, BAD_RESOURCE, BAD_PARAMETER = 0x1205 };

struct resource {
    bool there, backed;
    uint32_t width, height, backing; /* bytes from PICTURE on */
    uint32_t pixels[SIDE * SIDE];
};

struct rig {
    struct fuzz_slot slot;
    struct display *displays[HEADS];
    struct virtio_gpu *gpu;
    struct driver drivers[QUEUES];
    struct resource resources[IDS];
    bool edid;
    uint32_t request[14];
    unsigned words;
};

/* Setting up. */

static void make_card(struct rig *rig)
{
    struct virtio_gpu_options options = {.heads = HEADS, .width = 640, .height = 480};
    for (unsigned i = 0; i < HEADS; i++)
        options.displays[i] = rig->displays[i] = display_create(i);
    rig->gpu = virtio_gpu_create(&options);
    EXPECT(rig->gpu != NULL && ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    struct virtio_mmio_config config = {.mem = rig->slot.mem, .device = virtio_gpu_device(rig->gpu)};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
}

static void destroy_card(struct rig *rig)
{
    virtio_mmio_destroy(rig->slot.mmio);
    virtio_gpu_destroy(rig->gpu);
    for (unsigned i = 0; i < HEADS; i++)
        display_destroy(rig->displays[i]);
    ram_destroy(&rig->slot.ram);
}

static void start_queue(struct rig *rig, unsigned queue, uint64_t features)
{
    uint64_t place = RINGS + queue * RINGS_BYTES;
    struct virtq_config config = {.packed = (features & BIT(VIRTIO_F_RING_PACKED)) != 0,
                                  .size = QUEUE_SIZE,
                                  .descriptor_area = place,
                                  .driver_area = place + 0x1000,
                                  .device_area = place + 0x2000};
    driver_start(&rig->drivers[queue], &rig->slot.mem, &config);
    slot_set(&rig->slot, 0x30, queue);
    slot_set(&rig->slot, 0x38, QUEUE_SIZE);
    slot_ready_queue(&rig->slot, &config);
}

static void drive(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    uint64_t features = BIT(VIRTIO_F_VERSION_1);
    features |= choice & 1 ? BIT(VIRTIO_F_RING_PACKED) : 0;
    rig->edid = (choice & 2) != 0;
    slot_set(&rig->slot, 0x70, 0);
    slot_set(&rig->slot, 0x70, 3);
    for (unsigned word = 0; word < 2; word++) {
        slot_set(&rig->slot, 0x24, word);
        slot_set(&rig->slot, 0x20, word == 0 ? (rig->edid ? 2 : 0) : features >> 32);
    }
    slot_set(&rig->slot, 0x70, 11);
    for (unsigned i = 0; i < QUEUES; i++)
        start_queue(rig, i, features);
    slot_set(&rig->slot, 0x70, 15);
    memset(rig->resources, 0, sizeof rig->resources);
}

/* Asking. */

/* Sends the request, with bytes behind it that were written already; the answer's type. */
static uint32_t ask(struct rig *rig, uint32_t bytes, unsigned queue)
{
    struct model_buffer buffers[] = {{REQUEST, bytes, false}, {ANSWER, 0x800, true}};
    uint32_t id, written = 0, type = 0;
    for (unsigned i = 0; i < rig->words; i++)
        guest_mem_write_u32(&rig->slot.mem, REQUEST + (i == 0 ? 0 : 20 + 4 * i), rig->request[i]);
    guest_mem_fill(&rig->slot.mem, ANSWER, 0, 24);
    int offered = driver_add(&rig->drivers[queue], buffers, 2, 0);
    EXPECT(offered >= 0 || rig->slot.wild);
    slot_set(&rig->slot, 0x50, queue);
    if (rig->slot.wild)
        return 0;
    bool answered = driver_used(&rig->drivers[queue], &id, &written);
    if (!answered) { /* the card has done a turn's work already */
        virtio_gpu_go_on(rig->gpu);
        answered = driver_used(&rig->drivers[queue], &id, &written);
    }
    EXPECT(answered && id == (uint32_t)offered && written >= 24);
    guest_mem_read_u32(&rig->slot.mem, ANSWER, &type);
    return type;
}

#define ASK(rig, type, ...)                                                                                            \
    ask_words(rig, (const uint32_t[]){type, __VA_ARGS__},                                                              \
              sizeof((const uint32_t[]){type, __VA_ARGS__}) / sizeof(uint32_t))

static uint32_t ask_words(struct rig *rig, const uint32_t *words, unsigned count)
{
    memcpy(rig->request, words, count * sizeof *words);
    rig->words = count;
    return ask(rig, 20 + 4 * count, words[0] >= 0x300);
}

static void expect(const struct rig *rig, uint32_t answer, uint32_t expected)
{
    EXPECT(rig->slot.wild || answer == expected);
}

static uint32_t take_id(struct fuzz_input *input)
{
    return (uint32_t)fuzz_take(input, 1) % IDS;
}

/* Mostly in a picture of this size. */
static struct display_rect take_rect(struct fuzz_input *input, const struct resource *r)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    struct display_rect rect = {.width = r->width, .height = r->height};
    if (choice < 0x80)
        return rect;
    rect.x = (uint32_t)fuzz_take(input, 1);
    rect.y = (uint32_t)fuzz_take(input, 1);
    rect.width = (uint32_t)fuzz_take(input, choice >= 0xf8 ? 4 : 1);
    rect.height = (uint32_t)fuzz_take(input, choice >= 0xf8 ? 4 : 1);
    if (choice < 0xe0 && r->there) {
        rect.x %= r->width;
        rect.y %= r->height;
        rect.width %= r->width - rect.x + 1;
        rect.height %= r->height - rect.y + 1;
    }
    return rect;
}

static bool is_inside(const struct display_rect *rect, const struct resource *r)
{
    return (uint64_t)rect->x + rect->width <= r->width && (uint64_t)rect->y + rect->height <= r->height;
}

static void create(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input);
    uint32_t width = (uint32_t)fuzz_take(input, 1) % (SIDE + 1), height = (uint32_t)fuzz_take(input, 1) % (SIDE + 1);
    if (width > 60)
        width = height = 64; /* a cursor */
    struct resource *r = &rig->resources[id];
    uint32_t expected = id == 0 || r->there ? BAD_RESOURCE : width == 0 || height == 0 ? BAD_PARAMETER : OK;
    expect(rig, ASK(rig, 0x101, id, 2, width, height), expected);
    if (expected == OK)
        *r = (struct resource){.there = true, .width = width, .height = height};
}

static void unref(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input);
    expect(rig, ASK(rig, 0x102, id, 0), rig->resources[id].there ? OK : BAD_RESOURCE);
    rig->resources[id].there = false;
}

/* One piece of memory, or the same in two. */
static void attach(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input), bytes = (uint32_t)fuzz_take(input, 2) % (PICTURE_BYTES + 1);
    uint32_t cut = (uint32_t)fuzz_take(input, 2) % (bytes + 1), bad = (uint32_t)fuzz_take(input, 1);
    struct resource *r = &rig->resources[id];
    const uint64_t pieces[2][2] = {{PICTURE, cut}, {bad > 0xf0 ? UINT64_MAX - bad : PICTURE + cut, bytes - cut}};
    for (unsigned i = 0; i < 2; i++) {
        guest_mem_write_u64(&rig->slot.mem, REQUEST + 32 + 16 * i, pieces[i][0]);
        guest_mem_write_u32(&rig->slot.mem, REQUEST + 40 + 16 * i, (uint32_t)pieces[i][1]);
    }
    rig->request[0] = 0x106;
    rig->request[1] = id;
    rig->request[2] = 2;
    rig->words = 3;
    uint32_t expected = !r->there ? BAD_RESOURCE : r->backed ? UNSPEC : bad > 0xf0 ? BAD_PARAMETER : OK;
    expect(rig, ask(rig, 64, 0), expected);
    if (expected != OK)
        return;
    r->backed = true;
    r->backing = bytes;
}

static void detach(struct rig *rig, struct fuzz_input *input)
{
    struct resource *r = &rig->resources[take_id(input)];
    uint32_t id = (uint32_t)(r - rig->resources);
    expect(rig, ASK(rig, 0x107, id, 0), !r->there ? BAD_RESOURCE : r->backed ? OK : UNSPEC);
    r->backed = false;
}

static void paint(struct rig *rig, struct fuzz_input *input)
{
    unsigned seed = (unsigned)fuzz_take(input, 1);
    for (uint32_t at = 0; at < PICTURE_BYTES; at += 4)
        guest_mem_write_u32(&rig->slot.mem, PICTURE + at, seed < 8 ? seed : at * (2 * seed + 1) + seed);
}

static void transfer(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input);
    struct resource *r = &rig->resources[id];
    struct display_rect rect = take_rect(input, r);
    uint64_t offset = 4 * ((uint64_t)rect.y * r->width + rect.x);
    if (fuzz_take(input, 1) > 0xe0)
        offset = fuzz_take(input, 8);
    uint32_t expected = !r->there ? BAD_RESOURCE : !r->backed ? UNSPEC : !is_inside(&rect, r) ? BAD_PARAMETER : OK;
    expect(rig,
           ASK(rig, 0x105, rect.x, rect.y, rect.width, rect.height, (uint32_t)offset, (uint32_t)(offset >> 32), id, 0),
           expected);
    for (uint32_t y = 0; expected == OK && y < rect.height; y++)
        for (uint32_t i = 0; i < 4 * rect.width; i++) {
            uint64_t from = offset + 4 * (uint64_t)y * r->width + i;
            if (offset > UINT64_MAX / 2 || from >= r->backing)
                continue;
            uint8_t *to = (uint8_t *)&r->pixels[(rect.y + y) * r->width + rect.x] + i;
            guest_mem_read(&rig->slot.mem, PICTURE + from, to, 1);
        }
}

static uint32_t shown(const struct rig *rig, unsigned head, uint32_t x, uint32_t y)
{
    size_t stride;
    struct display_rect rect = {x, y, 1, 1};
    uint32_t pixel = *display_begin_drawing(rig->displays[head], &rect, &stride);
    display_end_drawing(rig->displays[head]);
    return pixel;
}

/* Shows all of a resource, and looks at it. */
static void show(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input), head = (uint32_t)fuzz_take(input, 1) % (HEADS + 1), width, height;
    const struct resource *r = &rig->resources[id];
    struct display_rect rect = take_rect(input, r);
    bool good = rect.width != 0 && rect.height != 0 && is_inside(&rect, r);
    uint32_t expected = head == HEADS ? BAD_SCANOUT
                        : id == 0     ? OK
                        : !r->there   ? BAD_RESOURCE
                        : good        ? OK
                                      : BAD_PARAMETER;
    expect(rig, ASK(rig, 0x103, rect.x, rect.y, rect.width, rect.height, head, id), expected);
    if (rig->slot.wild || expected != OK)
        return;
    display_size(rig->displays[head], &width, &height);
    EXPECT(id == 0 ? width == 0 : width == rect.width && height == rect.height);
    for (uint32_t y = 0; id != 0 && y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            EXPECT(shown(rig, head, x, y) == (r->pixels[(rect.y + y) * r->width + rect.x + x] & 0xffffff));
}

static void flush(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input);
    const struct resource *r = &rig->resources[id];
    struct display_rect rect = take_rect(input, r);
    expect(rig, ASK(rig, 0x104, rect.x, rect.y, rect.width, rect.height, id, 0),
           !r->there             ? BAD_RESOURCE
           : is_inside(&rect, r) ? OK
                                 : BAD_PARAMETER);
}

static void point(struct rig *rig, struct fuzz_input *input)
{
    uint32_t id = take_id(input), head = (uint32_t)fuzz_take(input, 1) % (HEADS + 1);
    uint32_t x = (uint32_t)fuzz_take(input, 4), hot = (uint32_t)fuzz_take(input, 4);
    const struct resource *r = &rig->resources[id];
    bool update = fuzz_take(input, 1) & 1, square = r->width == 64 && r->height == 64;
    uint32_t expected = head == HEADS        ? BAD_SCANOUT
                        : !update || id == 0 ? OK
                        : !r->there          ? BAD_RESOURCE
                        : square             ? OK
                                             : BAD_PARAMETER;
    expect(rig, ASK(rig, update ? 0x300u : 0x301u, head, x, x, 0, id, hot, hot, 0), expected);
}

/* What needs no model. */
static void ask_around(struct rig *rig, struct fuzz_input *input)
{
    uint32_t head = (uint32_t)fuzz_take(input, 1) % 4;
    rig->request[0] = 0x100;
    rig->words = 1;
    expect(rig, ask(rig, 24, 0), 0x1101);
    expect(rig, ASK(rig, 0x10a, head, 0), !rig->edid ? UNSPEC : head < HEADS ? 0x1104 : BAD_SCANOUT);
    virtio_gpu_resize(rig->gpu, head, (uint32_t)fuzz_take(input, 2), (uint32_t)fuzz_take(input, 4));
    slot_set(&rig->slot, 0x104, fuzz_take(input, 1));
    slot_get(&rig->slot, 0x100);
}

/* Any bytes at all as a request. */
static void babble(struct rig *rig, struct fuzz_input *input)
{
    uint32_t bytes = 1 + (uint32_t)fuzz_take(input, 1) % 64;
    bool lists = false;
    rig->words = 0;
    for (uint32_t i = 0; i < bytes; i += 4) {
        uint32_t word = (uint32_t)fuzz_take(input, 2);
        guest_mem_write_u32(&rig->slot.mem, REQUEST + i, word);
        lists |= i == 0 && word >= 0x101 && word <= 0x107;
    }
    ask(rig, bytes, 0);
    rig->slot.wild |= lists; /* it may have changed what the model knows */
}

/* Saved state. */

static struct state_part part_of(struct rig *rig)
{
    struct virtio_device device = virtio_gpu_device(rig->gpu);
    return virtio_part(&device);
}

/* Into itself, as time travel does, perhaps with a byte that somebody changed. */
static void load(struct rig *rig, struct fuzz_input *input)
{
    struct state_part part = part_of(rig);
    size_t count = state_part_bytes(&part), place = (size_t)fuzz_take(input, 2);
    uint8_t change = (uint8_t)fuzz_take(input, 1), *bytes = malloc(count);
    EXPECT(bytes != NULL);
    state_part_save(&part, bytes);
    bytes[place % count] ^= change;
    bool ok = state_part_load(&part, bytes, count, NULL);
    EXPECT(ok || change != 0);
    rig->slot.wild |= change != 0;
    free(bytes);
}

static void go_wild(struct rig *rig, struct fuzz_input *input)
{
    slot_go_wild(&rig->slot, input, RINGS, QUEUES * RINGS_BYTES);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    static void (*const rows[])(struct rig * rig, struct fuzz_input * input) = {
        create, create, unref, attach, attach, detach,     paint,  transfer, transfer, transfer,
        show,   show,   flush, flush,  point,  ask_around, babble, load,     drive,    go_wild};
    rows[fuzz_take(input, 1) % (sizeof rows / sizeof rows[0])](rig, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    make_card(rig);
    drive(rig, &input);
    while (input.left != 0)
        step(rig, &input);
    destroy_card(rig);
    free(rig);
    return 0;
}
