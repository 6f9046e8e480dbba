/* SPDX-License-Identifier: MIT */
/* Commands are carried out as they come, so that a fence is nothing but a number that is given back. */
#include "virtio/gpu.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "virtio/gpu_impl.h"
#include "virtio/runs.h"

enum { CONFIG_EVENTS_READ = 0, CONFIG_EVENTS_CLEAR = 4, CONFIG_HEADS = 8, CONFIG_BYTES = 16 };
enum { EVENT_DISPLAY = 1 };
enum { HEADER_TYPE = 0, HEADER_FLAGS = 4, HEADER_FENCE = 8, HEADER_CONTEXT = 16 };
enum { FLAG_FENCE = 1 };

#define CONTROL_QUEUE_SIZE 256
#define CURSOR_QUEUE_SIZE 16

/* The queues. */

/* The driver of the cursor queue wants no answer, and has no room for one. */
static uint32_t respond(struct virtio_gpu *gpu, enum gpu_response type)
{
    little_put(gpu->answer + HEADER_TYPE, 4, type);
    if ((little_get(gpu->request + HEADER_FLAGS, 4) & FLAG_FENCE) != 0) {
        little_put(gpu->answer + HEADER_FLAGS, 4, FLAG_FENCE);
        memcpy(gpu->answer + HEADER_FENCE, gpu->request + HEADER_FENCE, 8);
        memcpy(gpu->answer + HEADER_CONTEXT, gpu->request + HEADER_CONTEXT, 4);
    }
    return (uint32_t)virtio_chain_write(virtio_memory(gpu->v), &gpu->chain, 0, gpu->answer,
                                        GPU_HEADER_BYTES + gpu->answer_bytes);
}

/* The request in chain. One that is not finished goes back into its queue, and is read again in the next turn. */
static void serve(struct virtio_gpu *gpu)
{
    gpu->answer_bytes = 0;
    memset(gpu->answer, 0, sizeof gpu->answer);
    enum gpu_response type = gpu_obey(gpu);
    if (type == GPU_UNFINISHED) {
        gpu->spent = GPU_TURN_BYTES;
        virtio_unpop(gpu->v, &gpu->chain.token);
        return;
    }
    gpu->rows_done[gpu->chain.token.queue] = 0;
    virtio_push(gpu->v, &gpu->chain.token, respond(gpu, type));
}

static void gpu_notify(void *state, unsigned queue)
{
    struct virtio_gpu *gpu = state;
    while (gpu->spent < GPU_TURN_BYTES && virtio_pop(gpu->v, queue, &gpu->chain))
        serve(gpu);
    gpu->has_more[queue] = gpu->spent >= GPU_TURN_BYTES;
    virtio_signal(gpu->v, queue);
}

/* The buffer that a transfer was begun for is the guest's again. */
static void gpu_stop_queue(void *state, unsigned queue)
{
    ((struct virtio_gpu *)state)->rows_done[queue] = 0;
}

void virtio_gpu_go_on(struct virtio_gpu *gpu)
{
    gpu->spent = 0;
    for (unsigned i = 0; i < GPU_QUEUES; i++)
        if (gpu->has_more[i])
            gpu_notify(gpu, i);
}

bool virtio_gpu_has_more(const struct virtio_gpu *gpu)
{
    return gpu->has_more[GPU_CONTROL_QUEUE] || gpu->has_more[GPU_CURSOR_QUEUE];
}

/* The rest. */

static uint32_t within_limits(uint32_t size)
{
    if (size < VIRTIO_GPU_SIZE_LEAST)
        return VIRTIO_GPU_SIZE_LEAST;
    return size > VIRTIO_GPU_SIZE_MOST ? VIRTIO_GPU_SIZE_MOST : size;
}

void virtio_gpu_resize(struct virtio_gpu *gpu, unsigned number, uint32_t width, uint32_t height)
{
    if (number >= gpu->heads)
        return;
    struct gpu_head *head = &gpu->head[number];
    uint32_t old_width = head->width, old_height = head->height;
    head->width = within_limits(width);
    head->height = within_limits(height);
    if (head->width == old_width && head->height == old_height)
        return;
    gpu->events |= EVENT_DISPLAY;
    virtio_config_changed(gpu->v);
}

void virtio_gpu_draw(struct virtio_gpu *gpu, unsigned head)
{
    gpu_head_draw(&gpu->head[head], gpu_resource_find(&gpu->resources, gpu->head[head].resource));
}

void virtio_gpu_look(const struct virtio_gpu *gpu, unsigned head, struct virtio_gpu_look *look)
{
    *look = (struct virtio_gpu_look){
        .head = &gpu->head[head],
        .resource = gpu_resource_find(&gpu->resources, gpu->head[head].resource),
        .resources = gpu->resources.count,
        .bytes = gpu->resources.bytes,
    };
}

static void gpu_attach(void *state, struct virtio *v)
{
    ((struct virtio_gpu *)state)->v = v;
}

static uint64_t gpu_features(void *state)
{
    (void)state;
    return BIT(VIRTIO_GPU_F_EDID);
}

static uint16_t gpu_queue_size(void *state, unsigned queue)
{
    static const uint16_t sizes[GPU_QUEUES] = {
        [GPU_CONTROL_QUEUE] = CONTROL_QUEUE_SIZE, [GPU_CURSOR_QUEUE] = CURSOR_QUEUE_SIZE};
    (void)state;
    return queue < GPU_QUEUES ? sizes[queue] : 0;
}

static void gpu_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_gpu *gpu = state;
    little_put(bytes + CONFIG_EVENTS_READ, 4, gpu->events);
    little_put(bytes + CONFIG_HEADS, 4, gpu->heads);
}

static void gpu_config_write(void *state, uint32_t offset, uint32_t value)
{
    if (offset == CONFIG_EVENTS_CLEAR)
        ((struct virtio_gpu *)state)->events &= ~value;
}

/* The sizes that the user wants stay. */
static void gpu_reset(void *state)
{
    struct virtio_gpu *gpu = state;
    for (unsigned i = 0; i < gpu->heads; i++)
        gpu_head_reset(&gpu->head[i]);
    gpu_resources_clear(&gpu->resources);
    gpu->events = 0;
    gpu->spent = 0;
    memset(gpu->has_more, 0, sizeof gpu->has_more);
    memset(gpu->rows_done, 0, sizeof gpu->rows_done);
}

/* Saved state. */

static const struct state_field gpu_fields[] = {
    STATE_NOT(struct virtio_gpu, v, "wiring"),
    STATE_NOT(struct virtio_gpu, heads, "made with the machine"),
    STATE_INNERS(struct virtio_gpu, head, gpu_head_fields, "those that are there come first"),
    STATE(struct virtio_gpu, events, EVENT_DISPLAY, "events_read"),
    STATE(struct virtio_gpu, spent, STATE_ANY, "bytes, on requests of this turn"),
    STATE_ARRAY(struct virtio_gpu, has_more, 1, "a queue that is to be looked at in the next turn"),
    STATE_ARRAY(struct virtio_gpu, rows_done, GPU_SIDE_LIMIT, "of the transfer that comes next in the queue"),
    STATE_NOT(struct virtio_gpu, resources, "behind the numbers"),
    STATE_NOT(struct virtio_gpu, chain, "counts within a command alone"),
    STATE_NOT(struct virtio_gpu, request, "counts within a command alone"),
    STATE_NOT(struct virtio_gpu, answer, "counts within a command alone"),
    STATE_NOT(struct virtio_gpu, answer_bytes, "counts within a command alone"),
    STATE_END,
};

static const struct state_table gpu_saved = {
    .fields = gpu_fields,
    .bytes = sizeof(struct virtio_gpu),
};

static struct gpu_resources *resources_of(const void *object)
{
    return &((struct virtio_gpu *)(uintptr_t)object)->resources;
}

/* The number of heads and their cursors' images, then the resources. What is packed is kept, which changes nothing that
 * counts. */
static size_t blob_bytes(const void *object)
{
    const struct virtio_gpu *gpu = object;
    size_t bytes = 4 + gpu_resources_saved_bytes(resources_of(object));
    for (unsigned i = 0; i < gpu->heads; i++)
        bytes += 4 + runs_bytes(gpu->head[i].cursor.image, GPU_CURSOR_PIXELS);
    return bytes;
}

static void blob_save(const void *object, uint8_t *bytes)
{
    const struct virtio_gpu *gpu = object;
    little_put(bytes, 4, gpu->heads);
    bytes += 4;
    for (unsigned i = 0; i < gpu->heads; i++) {
        size_t count = runs_bytes(gpu->head[i].cursor.image, GPU_CURSOR_PIXELS);
        little_put(bytes, 4, count);
        runs_pack(gpu->head[i].cursor.image, GPU_CURSOR_PIXELS, bytes + 4);
        bytes += 4 + count;
    }
    gpu_resources_save(resources_of(object), bytes);
}

/* into NULL: they are only checked. *at: where the resources begin. */
static bool take_cursors(unsigned heads, struct virtio_gpu *into, const uint8_t *bytes, size_t count, size_t *at)
{
    *at = 4;
    for (unsigned i = 0; i < heads; i++) {
        size_t left = count - *at, packed = left >= 4 ? (size_t)little_get(bytes + *at, 4) : 0;
        if (left < 4 || packed > left - 4 || !runs_check(bytes + *at + 4, packed, GPU_CURSOR_PIXELS))
            return false;
        if (into != NULL)
            runs_unpack(bytes + *at + 4, packed, into->head[i].cursor.image, GPU_CURSOR_PIXELS);
        *at += 4 + packed;
    }
    return true;
}

static bool check_heads(const struct virtio_gpu *gpu, const uint8_t *bytes, size_t count, struct error *err)
{
    uint32_t heads = count >= 4 ? (uint32_t)little_get(bytes, 4) : 0;
    if (heads == gpu->heads)
        return true;
    return error_set(err, "saved state: a graphics card with %u screens where this one has %u (--gpu ...,heads=N)",
                     heads, gpu->heads);
}

static bool blob_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    const struct virtio_gpu *gpu = object;
    size_t taken, at;
    if (!check_heads(gpu, bytes, count, err))
        return false;
    if (!take_cursors(gpu->heads, NULL, bytes, count, &at))
        return error_set(err, "saved state: no cursor of a graphics card at byte %zu", at);
    return gpu_resources_load(NULL, bytes + at, count - at, &taken, err) &&
           (taken == count - at || error_set(err, "saved state: %zu bytes too many", count - at - taken));
}

static bool blob_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct virtio_gpu *gpu = object;
    size_t taken, at;
    gpu_resources_clear(&gpu->resources);
    bool ok = take_cursors(gpu->heads, gpu, bytes, count, &at) &&
              gpu_resources_load(&gpu->resources, bytes + at, count - at, &taken, err);
    for (unsigned i = 0; i < gpu->heads; i++) {
        gpu->head[i].width = within_limits(gpu->head[i].width);
        gpu->head[i].height = within_limits(gpu->head[i].height);
        gpu_head_loaded(&gpu->head[i], &gpu->resources);
    }
    return ok;
}

static const struct state_blob gpu_blob = {
    .meaning =
        "the number of heads (4), of each its cursor's image: bytes (4), 64 x 64 words 0xAARRGGBB, packed; the number "
        "of "
        "resources (4); of each, by the lowest 8 bits of their numbers: number, format, width, height, entries of "
        "its list of guest memory and 1 more, or 0 if it has none, bytes of its pixels (4 each); the list, an "
        "address (8) and a length (4) each; the pixels, packed. Packed words are runs: twice a count and 1 (4), and "
        "the word that stands for so many; or twice a count (4), and so many words",
    .bytes = blob_bytes,
    .save = blob_save,
    .check = blob_check,
    .load = blob_load,
};

static const struct virtio_class gpu_class = {
    .name = "virtio-gpu",
    .device_id = 16,
    .config_bytes = CONFIG_BYTES,
    .attach = gpu_attach,
    .features = gpu_features,
    .queue_size = gpu_queue_size,
    .config = gpu_config,
    .config_write = gpu_config_write,
    .notify = gpu_notify,
    .stop_queue = gpu_stop_queue,
    .reset = gpu_reset,
    .saved = &gpu_saved,
    .blob = &gpu_blob,
};

struct virtio_gpu *virtio_gpu_create(const struct virtio_gpu_options *options)
{
    struct virtio_gpu *gpu = calloc(1, sizeof *gpu);
    if (gpu == NULL)
        return NULL;
    gpu->heads = options->heads;
    for (unsigned i = 0; i < gpu->heads; i++)
        gpu->head[i] = (struct gpu_head){
            .display = options->displays[i],
            .owner = options->owner,
            .number = i,
            .width = within_limits(options->width),
            .height = within_limits(options->height),
        };
    return gpu;
}

void virtio_gpu_destroy(struct virtio_gpu *gpu)
{
    if (gpu == NULL)
        return;
    gpu_resources_clear(&gpu->resources);
    free(gpu);
}

struct virtio_device virtio_gpu_device(struct virtio_gpu *gpu)
{
    return (struct virtio_device){.class = &gpu_class, .state = gpu};
}
