/* SPDX-License-Identifier: MIT */
/* What a driver may ask of the card (gpu_command.def). */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "virtio/gpu_format.h"
#include "virtio/gpu_impl.h"

/* The specification's number of heads in an answer, and what each has there. */
#define INFO_HEADS 16u
#define INFO_BYTES 24u
#define ENTRY_BYTES 16u /* of a list of guest memory */
#define LIST_AT 32u
#define HEADER_TYPE 0
/* What checking an entry and a row that is far from the last one may cost, in bytes copied. */
#define LIST_ENTRY_COST 32u
#define ROW_COST 4096u
#define ENTRIES_AT_ONCE 256u

static uint32_t word(const struct virtio_gpu *gpu, unsigned at)
{
    return (uint32_t)little_get(gpu->request + at, 4);
}

static struct display_rect rect_at(const struct virtio_gpu *gpu, unsigned at)
{
    return (struct display_rect){word(gpu, at), word(gpu, at + 4), word(gpu, at + 8), word(gpu, at + 12)};
}

static void put(struct virtio_gpu *gpu, unsigned at, uint32_t value)
{
    little_put(gpu->answer + GPU_HEADER_BYTES + at, 4, value);
}

/* What the user wants, one beside the other. */
static enum gpu_response get_display_info(struct virtio_gpu *gpu)
{
    uint32_t x = 0;
    gpu->answer_bytes = INFO_HEADS * INFO_BYTES;
    for (unsigned i = 0; i < gpu->heads; i++) {
        const struct gpu_head *head = &gpu->head[i];
        put(gpu, i * INFO_BYTES, x);
        put(gpu, i * INFO_BYTES + 8, head->width);
        put(gpu, i * INFO_BYTES + 12, head->height);
        put(gpu, i * INFO_BYTES + 16, 1);
        x += head->width;
    }
    return GPU_OK_DISPLAY_INFO;
}

static enum gpu_response get_edid(struct virtio_gpu *gpu)
{
    uint32_t number = word(gpu, 24);
    if (!virtio_has(gpu->v, VIRTIO_GPU_F_EDID))
        return GPU_ERR_UNSPEC;
    if (number >= gpu->heads)
        return GPU_ERR_INVALID_SCANOUT_ID;
    gpu->answer_bytes = 8 + GPU_EDID_BYTES;
    put(gpu, 0, EDID_BYTES);
    edid_make(gpu->answer + GPU_HEADER_BYTES + 8, gpu->head[number].width, gpu->head[number].height, number);
    return GPU_OK_EDID;
}

/* Bytes of a rectangle's pixels; a request that is carried out at once pays for them before it is. */
static void spend(struct virtio_gpu *gpu, const struct display_rect *rect)
{
    gpu->spent += (uint64_t)rect->width * rect->height * sizeof(uint32_t);
}

/* Resources. */

static enum gpu_response resource_create(struct virtio_gpu *gpu)
{
    uint32_t id = word(gpu, 24), format = word(gpu, 28), width = word(gpu, 32), height = word(gpu, 36);
    if (id == 0 || gpu_resource_find(&gpu->resources, id) != NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (gpu_format_find(format) == NULL || width == 0 || height == 0 || width > GPU_SIDE_LIMIT ||
        height > GPU_SIDE_LIMIT)
        return GPU_ERR_INVALID_PARAMETER;
    spend(gpu, &(struct display_rect){.width = width, .height = height});
    return gpu_resource_create(&gpu->resources, id, format, width, height) != NULL ? GPU_OK_NODATA
                                                                                   : GPU_ERR_OUT_OF_MEMORY;
}

/* A head that shows it is switched off. */
static enum gpu_response resource_unref(struct virtio_gpu *gpu)
{
    struct gpu_resource *resource = gpu_resource_find(&gpu->resources, word(gpu, 24));
    if (resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    for (unsigned i = 0; i < gpu->heads; i++)
        if (gpu->head[i].resource == resource->id)
            gpu_head_hide(&gpu->head[i]);
    spend(gpu, &(struct display_rect){.width = resource->width, .height = resource->height});
    gpu_resource_destroy(&gpu->resources, resource);
    return GPU_OK_NODATA;
}

/* Each piece is looked for from the chain's begin on: so there are few. */
static bool read_list(const struct virtio_gpu *gpu, struct gpu_backing *list, uint32_t count)
{
    const struct guest_mem *mem = virtio_memory(gpu->v);
    uint8_t bytes[ENTRIES_AT_ONCE * ENTRY_BYTES];
    uint64_t got = 0; /* bytes of the list */
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = bytes + i % ENTRIES_AT_ONCE * ENTRY_BYTES;
        if (entry == bytes)
            got += virtio_chain_read(mem, &gpu->chain, LIST_AT + got, bytes, sizeof bytes);
        if (got < (i + UINT64_C(1)) * ENTRY_BYTES)
            return false;
        list[i] = (struct gpu_backing){little_get(entry, 8), (uint32_t)little_get(entry + 8, 4)};
        if (!guest_mem_contains(mem, list[i].gpa, list[i].bytes))
            return false;
    }
    return true;
}

static enum gpu_response attach_backing(struct virtio_gpu *gpu)
{
    struct gpu_resource *resource = gpu_resource_find(&gpu->resources, word(gpu, 24));
    uint32_t count = word(gpu, 28);
    if (resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (resource->is_backed)
        return GPU_ERR_UNSPEC;
    if (count > GPU_BACKING_ENTRIES || gpu->chain.readable_bytes < LIST_AT + (uint64_t)count * ENTRY_BYTES)
        return GPU_ERR_INVALID_PARAMETER;
    struct gpu_backing *list = calloc(count + 1, sizeof *list);
    enum gpu_response response = GPU_ERR_OUT_OF_MEMORY;
    gpu->spent += (uint64_t)count * LIST_ENTRY_COST;
    if (list != NULL && !read_list(gpu, list, count))
        response = GPU_ERR_INVALID_PARAMETER;
    else if (list != NULL && gpu_resource_attach(&gpu->resources, resource, list, count))
        return GPU_OK_NODATA;
    free(list);
    return response;
}

static enum gpu_response detach_backing(struct virtio_gpu *gpu)
{
    struct gpu_resource *resource = gpu_resource_find(&gpu->resources, word(gpu, 24));
    if (resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (!resource->is_backed)
        return GPU_ERR_UNSPEC;
    gpu_resource_detach(&gpu->resources, resource);
    return GPU_OK_NODATA;
}

/* Rows that are far apart have each a page of their own, which the host may have to find first. */
static uint64_t row_cost(const struct gpu_resource *resource, uint32_t width)
{
    uint64_t bytes = width * (uint64_t)sizeof(uint32_t), stride = resource->width * (uint64_t)sizeof(uint32_t);
    uint64_t least = stride < ROW_COST ? stride : ROW_COST;
    return bytes > least ? bytes : least;
}

/* As many rows as this turn has room for, behind those that are done. The guest may have changed the request meanwhile. */
static enum gpu_response fill_rows(struct virtio_gpu *gpu, struct gpu_resource *resource, struct display_rect rect,
                                   uint64_t offset)
{
    uint32_t *done = &gpu->rows_done[gpu->chain.token.queue], left = rect.height > *done ? rect.height - *done : 0;
    uint64_t cost = row_cost(resource, rect.width);
    uint64_t room = gpu->spent < GPU_TURN_BYTES ? (GPU_TURN_BYTES - gpu->spent) / cost : 0;
    uint32_t rows = left < room ? left : (uint32_t)room;
    offset += (uint64_t)*done * resource->width * sizeof(uint32_t);
    rect.y += rect.height - left;
    rect.height = rows;
    gpu_resource_fill(resource, virtio_memory(gpu->v), &rect, offset);
    gpu->spent += rows * cost;
    *done += rows;
    return rows == left ? GPU_OK_NODATA : GPU_UNFINISHED;
}

static enum gpu_response transfer_to_host(struct virtio_gpu *gpu)
{
    struct gpu_resource *resource = gpu_resource_find(&gpu->resources, word(gpu, 48));
    struct display_rect rect = rect_at(gpu, 24);
    uint64_t offset = little_get(gpu->request + 40, 8);
    if (resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (!resource->is_backed)
        return GPU_ERR_UNSPEC;
    if (!gpu_rect_is_inside(&rect, resource->width, resource->height))
        return GPU_ERR_INVALID_PARAMETER;
    return fill_rows(gpu, resource, rect, offset < GPU_OFFSET_LIMIT ? offset : GPU_OFFSET_LIMIT);
}

/* What is shown. */

static enum gpu_response set_scanout(struct virtio_gpu *gpu)
{
    struct display_rect rect = rect_at(gpu, 24);
    uint32_t number = word(gpu, 40), id = word(gpu, 44);
    if (number >= gpu->heads)
        return GPU_ERR_INVALID_SCANOUT_ID;
    if (id == 0) {
        gpu_head_hide(&gpu->head[number]);
        return GPU_OK_NODATA;
    }
    const struct gpu_resource *resource = gpu_resource_find(&gpu->resources, id);
    if (resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (rect.width == 0 || rect.height == 0 || rect.width > DISPLAY_LIMIT || rect.height > DISPLAY_LIMIT ||
        !gpu_rect_is_inside(&rect, resource->width, resource->height))
        return GPU_ERR_INVALID_PARAMETER;
    spend(gpu, &rect);
    return gpu_head_show(&gpu->head[number], resource, &rect) ? GPU_OK_NODATA : GPU_ERR_OUT_OF_MEMORY;
}

static enum gpu_response resource_flush(struct virtio_gpu *gpu)
{
    const struct gpu_resource *resource = gpu_resource_find(&gpu->resources, word(gpu, 40));
    struct display_rect rect = rect_at(gpu, 24);
    if (resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (!gpu_rect_is_inside(&rect, resource->width, resource->height))
        return GPU_ERR_INVALID_PARAMETER;
    spend(gpu, &rect);
    for (unsigned i = 0; i < gpu->heads; i++)
        gpu_head_flush(&gpu->head[i], resource, &rect);
    return GPU_OK_NODATA;
}

static enum gpu_response move_cursor(struct virtio_gpu *gpu)
{
    uint32_t number = word(gpu, 24);
    if (number >= gpu->heads)
        return GPU_ERR_INVALID_SCANOUT_ID;
    gpu_head_move_cursor(&gpu->head[number], word(gpu, 28), word(gpu, 32));
    return GPU_OK_NODATA;
}

static enum gpu_response update_cursor(struct virtio_gpu *gpu)
{
    uint32_t number = word(gpu, 24), id = word(gpu, 40);
    const struct gpu_resource *resource = gpu_resource_find(&gpu->resources, id);
    if (number >= gpu->heads)
        return GPU_ERR_INVALID_SCANOUT_ID;
    if (id != 0 && resource == NULL)
        return GPU_ERR_INVALID_RESOURCE_ID;
    if (resource != NULL && (resource->width != DISPLAY_CURSOR_SIDE || resource->height != DISPLAY_CURSOR_SIDE))
        return GPU_ERR_INVALID_PARAMETER;
    gpu_head_set_cursor(&gpu->head[number], resource, word(gpu, 44), word(gpu, 48));
    return move_cursor(gpu);
}

/* The table. */

struct command {
    uint32_t number;
    uint32_t bytes;
    enum gpu_response (*obey)(struct virtio_gpu *gpu);
};

static const struct command commands[] = {
#define COMMAND(name, number, bytes, function) {number, bytes, function},
#include "virtio/gpu_command.def"
#undef COMMAND
};

#define COMMAND(name, number, bytes, function)                                                                         \
    _Static_assert((bytes) >= GPU_HEADER_BYTES && (bytes) <= GPU_REQUEST_BYTES, "a request fits");
#include "virtio/gpu_command.def"
#undef COMMAND

/* What is too short says nothing, what is too long says more than is asked. */
enum gpu_response gpu_obey(struct virtio_gpu *gpu)
{
    gpu->spent += GPU_REQUEST_COST;
    memset(gpu->request, 0, sizeof gpu->request);
    uint64_t bytes = virtio_chain_read(virtio_memory(gpu->v), &gpu->chain, 0, gpu->request, sizeof gpu->request);
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].number == word(gpu, HEADER_TYPE))
            return bytes >= commands[i].bytes ? commands[i].obey(gpu) : GPU_ERR_INVALID_PARAMETER;
    return GPU_ERR_UNSPEC;
}
