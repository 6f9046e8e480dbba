/* SPDX-License-Identifier: MIT */
/* A graphics card with two heads, on its MMIO transport, with a driver that asks and gets its answer. Include behind
 * <cmocka.h>. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_GPU_FIXTURE_H
#define MICROVM_TESTS_UNIT_VIRTIO_GPU_FIXTURE_H

#include "base/little_endian.h"
#include "slot_fixture.h"
#include "virtio/gpu.h"

#define REQUEST DATA
#define ANSWER (DATA + 0x1000)
#define PICTURE (DATA + 0x8000) /* guest memory that resources are filled from */
#define PICTURE_BYTES 0x40000u
#define HEADS 2u
#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(1))
#define CONTROL 0u
#define CURSOR 1u

enum {
    GET_DISPLAY_INFO = 0x100,
    RESOURCE_CREATE = 0x101,
    RESOURCE_UNREF = 0x102,
    SET_SCANOUT = 0x103,
    RESOURCE_FLUSH = 0x104,
    TRANSFER = 0x105,
    ATTACH_BACKING = 0x106,
    DETACH_BACKING = 0x107,
    GET_CAPSET_INFO = 0x108,
    GET_EDID = 0x10a,
    ASSIGN_UUID = 0x10b,
    CREATE_BLOB = 0x10c,
    CTX_CREATE = 0x200,
    UPDATE_CURSOR = 0x300,
    MOVE_CURSOR = 0x301
};
enum {
    OK = 0x1100,
    OK_INFO = 0x1101,
    OK_EDID = 0x1104,
    UNSPEC = 0x1200,
    OUT_OF_MEMORY = 0x1201,
    BAD_SCANOUT = 0x1202,
    BAD_RESOURCE = 0x1203,
    BAD_PARAMETER = 0x1205
};
enum { B8G8R8A8 = 1, B8G8R8X8 = 2 };

struct gpu_rig {
    struct display *displays[HEADS];
    struct virtio_gpu *gpu;
    struct slot *slot;
    unsigned shows[HEADS], shown[HEADS]; /* told by the card: how often, and the last word */
    uint32_t written;                    /* of the last answer */
};

static inline void gpu_shows(void *owner, unsigned head, bool shows)
{
    struct gpu_rig *rig = owner;
    rig->shows[head]++;
    rig->shown[head] = shows;
}

static inline struct gpu_rig *gpu_rig_create(void)
{
    struct gpu_rig *rig = test_calloc(1, sizeof *rig);
    struct virtio_gpu_options options = {
        .heads = HEADS, .width = 1280, .height = 800, .owner = {.owner = rig, .shows = gpu_shows}};
    for (unsigned i = 0; i < HEADS; i++)
        options.displays[i] = rig->displays[i] = display_create(i);
    rig->gpu = virtio_gpu_create(&options);
    assert_non_null(rig->gpu);
    rig->slot = slot_create(virtio_gpu_device(rig->gpu), false, 0);
    slot_start(rig->slot, FEATURES, 2, 16);
    return rig;
}

static inline void gpu_rig_destroy(struct gpu_rig *rig)
{
    slot_destroy(rig->slot);
    virtio_gpu_destroy(rig->gpu);
    for (unsigned i = 0; i < HEADS; i++)
        display_destroy(rig->displays[i]);
    test_free(rig);
}

/* Sends bytes that lie at REQUEST, in turns of its own; the answer's type, 0 if it has none. */
static inline uint32_t gpu_send(struct gpu_rig *rig, unsigned queue, uint32_t bytes, uint32_t room)
{
    struct model_buffer buffers[] = {{REQUEST, bytes, false}, {ANSWER, room, true}};
    uint32_t type = 0;
    guest_mem_fill(&rig->slot->mem, ANSWER, 0, 0x1000);
    assert_true(driver_add(&rig->slot->drivers[queue], buffers, room == 0 ? 1 : 2, 0) >= 0);
    virtio_gpu_go_on(rig->gpu);
    set(rig->slot, QUEUE_NOTIFY, queue);
    while (virtio_gpu_has_more(rig->gpu))
        virtio_gpu_go_on(rig->gpu);
    assert_true(slot_used(rig->slot, queue, &rig->written));
    guest_mem_read_u32(&rig->slot->mem, ANSWER, &type);
    return type;
}

static inline uint32_t gpu_answer(const struct gpu_rig *rig, unsigned at)
{
    uint32_t word = 0;
    guest_mem_read_u32(&rig->slot->mem, ANSWER + at, &word);
    return word;
}

static inline void gpu_put(const struct gpu_rig *rig, uint32_t type, const uint32_t *words, unsigned count)
{
    guest_mem_fill(&rig->slot->mem, REQUEST, 0, 64);
    guest_mem_write_u32(&rig->slot->mem, REQUEST, type);
    for (unsigned i = 0; i < count; i++)
        guest_mem_write_u32(&rig->slot->mem, REQUEST + 24 + 4 * i, words[i]);
}

/* A request of a header and so many words. */
static inline uint32_t gpu_ask(struct gpu_rig *rig, uint32_t type, const uint32_t *words, unsigned count)
{
    gpu_put(rig, type, words, count);
    return gpu_send(rig, type >= UPDATE_CURSOR && type < OK ? CURSOR : CONTROL, 24 + 4 * count, 0x1000);
}

#define ASK(rig, type, ...)                                                                                            \
    gpu_ask(rig, type, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static inline void gpu_put_entry(const struct gpu_rig *rig, unsigned n, uint64_t gpa, uint32_t bytes)
{
    guest_mem_write_u64(&rig->slot->mem, REQUEST + 32 + 16 * n, gpa);
    guest_mem_write_u32(&rig->slot->mem, REQUEST + 40 + 16 * n, bytes);
    guest_mem_write_u32(&rig->slot->mem, REQUEST + 44 + 16 * n, 0);
}

/* Attaches one piece of guest memory. */
static inline uint32_t gpu_attach_memory(struct gpu_rig *rig, uint32_t id, uint64_t gpa, uint32_t bytes)
{
    gpu_put(rig, ATTACH_BACKING, (const uint32_t[]){id, 1}, 2);
    gpu_put_entry(rig, 0, gpa, bytes);
    return gpu_send(rig, CONTROL, 48, 24);
}

/* A resource that is filled from PICTURE. */
static inline void gpu_make(struct gpu_rig *rig, uint32_t id, uint32_t format, uint32_t width, uint32_t height)
{
    assert_int_equal(ASK(rig, RESOURCE_CREATE, id, format, width, height), OK);
    assert_int_equal(gpu_attach_memory(rig, id, PICTURE, PICTURE_BYTES), OK);
}

/* The n-th word of PICTURE. */
static inline uint32_t gpu_word(uint32_t n)
{
    return n * 0x9e3779b1u;
}

static inline void gpu_paint(const struct gpu_rig *rig, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        guest_mem_write_u32(&rig->slot->mem, PICTURE + 4 * (uint64_t)i, gpu_word(i));
}

/* Transfers and flushes all of a resource. */
static inline void gpu_update(struct gpu_rig *rig, uint32_t id, uint32_t width, uint32_t height)
{
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, width, height, 0, 0, id, 0), OK);
    assert_int_equal(ASK(rig, RESOURCE_FLUSH, 0, 0, width, height, id, 0), OK);
}

static inline uint32_t gpu_pixel(const struct gpu_rig *rig, unsigned head, uint32_t x, uint32_t y)
{
    size_t stride;
    struct display_rect rect = {x, y, 1, 1};
    uint32_t pixel = *display_begin_drawing(rig->displays[head], &rect, &stride);
    display_end_drawing(rig->displays[head]);
    return pixel;
}

static inline void gpu_expect_size(const struct gpu_rig *rig, unsigned head, uint32_t width, uint32_t height)
{
    uint32_t there[2];
    display_size(rig->displays[head], &there[0], &there[1]);
    assert_int_equal(there[0], width);
    assert_int_equal(there[1], height);
}

static inline int gpu_set_up(void **state)
{
    *state = gpu_rig_create();
    return 0;
}

static inline int gpu_tear_down(void **state)
{
    gpu_rig_destroy(*state);
    return 0;
}

#define GPU_TEST(name) cmocka_unit_test_setup_teardown(name, gpu_set_up, gpu_tear_down)

#endif
