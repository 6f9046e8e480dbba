/* SPDX-License-Identifier: MIT */
/* Resources as bytes. Screens are mostly flat, and the machine's history keeps many of them: so pixels are saved as runs of
 * equal words, and kept that way until they change. */
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "virtio/gpu_format.h"
#include "virtio/gpu_resource.h"
#include "virtio/runs.h"

/* Of a resource: number, format, width, height, 1 + entries of its list or 0, bytes of its pixels; behind that the list, an address
 * and a length each, and the pixels. */
#define HEAD_BYTES (6 * 4u)
#define ENTRY_BYTES 12u

static size_t pixel_count(const struct gpu_resource *resource)
{
    return (size_t)resource->width * resource->height;
}

/* Without memory for it the pixels are packed when they are needed. */
static void pack(struct gpu_resource *resource)
{
    if (resource->packed != NULL)
        return;
    resource->packed_bytes = runs_bytes(resource->pixels, pixel_count(resource));
    resource->packed = malloc(resource->packed_bytes);
    if (resource->packed != NULL)
        runs_pack(resource->pixels, pixel_count(resource), resource->packed);
}

size_t gpu_resources_saved_bytes(struct gpu_resources *all)
{
    size_t bytes = 4;
    for (unsigned i = 0; i < GPU_BUCKETS; i++)
        for (struct gpu_resource *resource = all->buckets[i]; resource != NULL; resource = resource->next) {
            pack(resource);
            bytes += HEAD_BYTES + (size_t)resource->backing_count * ENTRY_BYTES + resource->packed_bytes;
        }
    return bytes;
}

static uint8_t *put_word(uint8_t *bytes, uint32_t word)
{
    little_put(bytes, 4, word);
    return bytes + 4;
}

static uint8_t *save_list(const struct gpu_resource *resource, uint8_t *bytes)
{
    for (uint32_t i = 0; i < resource->backing_count; i++, bytes += ENTRY_BYTES) {
        little_put(bytes, 8, resource->backing[i].gpa);
        little_put(bytes + 8, 4, resource->backing[i].bytes);
    }
    return bytes;
}

static uint8_t *save_resource(const struct gpu_resource *resource, uint8_t *bytes)
{
    bytes = put_word(bytes, resource->id);
    bytes = put_word(bytes, resource->format);
    bytes = put_word(bytes, resource->width);
    bytes = put_word(bytes, resource->height);
    bytes = put_word(bytes, resource->is_backed ? 1 + resource->backing_count : 0);
    bytes = save_list(resource, put_word(bytes, (uint32_t)resource->packed_bytes));
    if (resource->packed != NULL)
        memcpy(bytes, resource->packed, resource->packed_bytes);
    else
        runs_pack(resource->pixels, pixel_count(resource), bytes);
    return bytes + resource->packed_bytes;
}

uint8_t *gpu_resources_save(struct gpu_resources *all, uint8_t *bytes)
{
    bytes = put_word(bytes, all->count);
    for (unsigned i = 0; i < GPU_BUCKETS; i++)
        for (const struct gpu_resource *resource = all->buckets[i]; resource != NULL; resource = resource->next)
            bytes = save_resource(resource, bytes);
    return bytes;
}

/* Loading. */

struct saved_head {
    uint32_t id, format, width, height, list, pixels;
};

static uint32_t get_word(const uint8_t *bytes, unsigned index)
{
    return (uint32_t)little_get(bytes + 4 * (size_t)index, 4);
}

/* What it takes of the host's memory; 0: no resource is like that. last: the number before it, in the order of buckets. */
static uint64_t memory_of(const struct saved_head *head, const uint32_t *last)
{
    uint64_t order = (uint64_t)(head->id % GPU_BUCKETS) << 32 | head->id;
    bool fits = head->id != 0 && (last == NULL || order > ((uint64_t)(*last % GPU_BUCKETS) << 32 | *last));
    if (!fits || gpu_format_find(head->format) == NULL || head->width == 0 || head->height == 0 ||
        head->width > GPU_SIDE_LIMIT || head->height > GPU_SIDE_LIMIT || head->list > 1 + GPU_BACKING_ENTRIES ||
        (uint64_t)head->width * head->height > GPU_MEMORY_BYTES / 4)
        return 0;
    return (uint64_t)head->width * head->height * 4 + GPU_RESOURCE_BYTES +
           (head->list > 1 ? (head->list - 1) * (uint64_t)sizeof(struct gpu_backing) : 0);
}

static bool load_list(struct gpu_resources *all, struct gpu_resource *resource, const uint8_t *bytes, uint32_t count)
{
    struct gpu_backing *list = calloc(count + 1, sizeof *list);
    if (list == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++, bytes += ENTRY_BYTES)
        list[i] = (struct gpu_backing){little_get(bytes, 8), (uint32_t)little_get(bytes + 8, 4)};
    if (gpu_resource_attach(all, resource, list, count))
        return true;
    free(list);
    return false;
}

/* The resource is known to be right. */
static bool load_resource(struct gpu_resources *all, const struct saved_head *head, const uint8_t *list,
                          const uint8_t *pixels)
{
    struct gpu_resource *resource = gpu_resource_create(all, head->id, head->format, head->width, head->height);
    if (resource == NULL)
        return false;
    runs_unpack(pixels, head->pixels, resource->pixels, pixel_count(resource));
    return head->list == 0 || load_list(all, resource, list, head->list - 1);
}

static bool load_next(struct gpu_resources *into, const struct saved_head *head, const uint8_t *bytes, size_t count,
                      size_t *taken)
{
    size_t list = head->list > 1 ? (size_t)(head->list - 1) * ENTRY_BYTES : 0;
    if (list > count || head->pixels > count - list ||
        !runs_check(bytes + list, head->pixels, (size_t)head->width * head->height))
        return false;
    *taken += list + head->pixels;
    return into == NULL || load_resource(into, head, bytes, bytes + list);
}

bool gpu_resources_load(struct gpu_resources *into, const uint8_t *bytes, size_t count, size_t *taken,
                        struct error *err)
{
    uint64_t memory = 0;
    uint32_t last = 0, wanted = count >= 4 ? get_word(bytes, 0) : 0;
    size_t at = 4;
    bool ok = count >= 4;
    for (uint32_t i = 0; ok && i < wanted; i++) {
        ok = count - at >= HEAD_BYTES;
        if (!ok)
            break;
        const uint8_t *from = bytes + at;
        struct saved_head head = {get_word(from, 0), get_word(from, 1), get_word(from, 2),
                                  get_word(from, 3), get_word(from, 4), get_word(from, 5)};
        uint64_t more = memory_of(&head, i == 0 ? NULL : &last);
        at += HEAD_BYTES;
        ok = more != 0 && more <= GPU_MEMORY_BYTES - memory && load_next(into, &head, bytes + at, count - at, &at);
        memory += more;
        last = head.id;
    }
    *taken = at;
    return ok || error_set(err, "saved state: no picture of a graphics card at byte %zu", at);
}
