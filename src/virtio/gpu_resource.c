/* SPDX-License-Identifier: MIT */
#include "virtio/gpu_resource.h"

#include <stdlib.h>
#include <string.h>

static struct gpu_resource **place_of(const struct gpu_resources *all, uint32_t id)
{
    struct gpu_resource *const *place = &all->buckets[id % GPU_BUCKETS];
    while (*place != NULL && (*place)->id < id)
        place = &(*place)->next;
    return (struct gpu_resource **)(uintptr_t)place;
}

struct gpu_resource *gpu_resource_find(const struct gpu_resources *all, uint32_t id)
{
    struct gpu_resource *found = *place_of(all, id);
    return found != NULL && found->id == id ? found : NULL;
}

/* Counts what somebody is to have; false: it would be too much. */
static bool reserve(struct gpu_resources *all, uint64_t bytes)
{
    if (bytes > GPU_MEMORY_BYTES - all->bytes)
        return false;
    all->bytes += bytes;
    return true;
}

static uint64_t pixel_bytes(uint32_t width, uint32_t height)
{
    return (uint64_t)width * height <= GPU_MEMORY_BYTES ? (uint64_t)width * height * sizeof(uint32_t) : UINT64_MAX / 2;
}

static uint64_t list_bytes(uint32_t count)
{
    return (uint64_t)count * sizeof(struct gpu_backing);
}

struct gpu_resource *gpu_resource_create(struct gpu_resources *all, uint32_t id, uint32_t format, uint32_t width,
                                         uint32_t height)
{
    uint64_t bytes = pixel_bytes(width, height);
    if (!reserve(all, bytes + GPU_RESOURCE_BYTES))
        return NULL;
    struct gpu_resource *resource = calloc(1, sizeof *resource), **place = place_of(all, id);
    uint32_t *pixels = calloc(1, bytes);
    if (resource == NULL || pixels == NULL) {
        free(resource);
        free(pixels);
        all->bytes -= bytes + GPU_RESOURCE_BYTES;
        return NULL;
    }
    *resource = (struct gpu_resource){
        .next = *place, .id = id, .format = format, .width = width, .height = height, .pixels = pixels};
    *place = resource;
    all->count++;
    return resource;
}

static void forget_packed(struct gpu_resource *resource)
{
    free(resource->packed);
    resource->packed = NULL;
}

void gpu_resource_destroy(struct gpu_resources *all, struct gpu_resource *resource)
{
    gpu_resource_detach(all, resource);
    forget_packed(resource);
    *place_of(all, resource->id) = resource->next;
    all->bytes -= pixel_bytes(resource->width, resource->height) + GPU_RESOURCE_BYTES;
    all->count--;
    free(resource->pixels);
    free(resource);
}

void gpu_resources_clear(struct gpu_resources *all)
{
    for (unsigned i = 0; i < GPU_BUCKETS; i++)
        while (all->buckets[i] != NULL)
            gpu_resource_destroy(all, all->buckets[i]);
}

bool gpu_resource_attach(struct gpu_resources *all, struct gpu_resource *resource, struct gpu_backing *list,
                         uint32_t count)
{
    if (!reserve(all, list_bytes(count)))
        return false;
    resource->is_backed = true;
    resource->backing = list;
    resource->backing_count = count;
    return true;
}

void gpu_resource_detach(struct gpu_resources *all, struct gpu_resource *resource)
{
    all->bytes -= list_bytes(resource->backing_count);
    free(resource->backing);
    resource->is_backed = false;
    resource->backing = NULL;
    resource->backing_count = 0;
}

bool gpu_rect_is_inside(const struct display_rect *rect, uint32_t width, uint32_t height)
{
    return rect->x <= width && rect->width <= width - rect->x && rect->y <= height && rect->height <= height - rect->y;
}

/* A place in a list, which only goes forwards. */
struct reader {
    const struct guest_mem *mem;
    const struct gpu_resource *resource;
    uint32_t entry;
    uint64_t begin; /* bytes before the entry */
};

/* Copies what there is of the bytes from a place that is not before the last one. */
static void copy_out(struct reader *reader, uint64_t from, uint8_t *to, uint64_t count)
{
    while (count != 0 && reader->entry < reader->resource->backing_count) {
        const struct gpu_backing *entry = &reader->resource->backing[reader->entry];
        uint64_t skipped = from - reader->begin;
        if (skipped >= entry->bytes) {
            reader->begin += entry->bytes;
            reader->entry++;
            continue;
        }
        uint64_t piece = entry->bytes - skipped < count ? entry->bytes - skipped : count;
        guest_mem_read(reader->mem, entry->gpa + skipped, to, piece);
        from += piece;
        to += piece;
        count -= piece;
    }
}

void gpu_resource_fill(struct gpu_resource *resource, const struct guest_mem *mem, const struct display_rect *rect,
                       uint64_t offset)
{
    struct reader reader = {.mem = mem, .resource = resource};
    uint64_t stride = resource->width * (uint64_t)sizeof(uint32_t), row = rect->width * (uint64_t)sizeof(uint32_t);
    uint8_t *to = (uint8_t *)(resource->pixels + (size_t)rect->y * resource->width + rect->x);
    forget_packed(resource);
    for (uint32_t y = 0; y < rect->height; y++)
        copy_out(&reader, offset + y * stride, to + y * stride, row);
}
