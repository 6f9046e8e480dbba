/* SPDX-License-Identifier: MIT */
/* The pictures that a guest keeps in its graphics card, by number, and the guest memory that fills them. Owns them all, and
 * bounds what they take. */
#ifndef MICROVM_VIRTIO_GPU_RESOURCE_H
#define MICROVM_VIRTIO_GPU_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/display/display.h"
#include "virtio/chain.h"

/* What all of a card's resources may take of the host's memory: pixels, lists, and so much for each. */
#define GPU_MEMORY_BYTES (UINT64_C(256) << 20)
#define GPU_RESOURCE_BYTES 4096u
/* Entries of one list of guest memory: pages enough for the largest resource. */
#define GPU_BACKING_ENTRIES 65536u
#define GPU_BUCKETS 256u
/* The greatest width and height: rows have their cost, too. */
#define GPU_SIDE_LIMIT 16384u
/* No list has as many bytes. */
#define GPU_OFFSET_LIMIT (UINT64_C(1) << 52)

struct gpu_backing {
    uint64_t gpa;
    uint32_t bytes;
};

struct gpu_resource {
    struct gpu_resource *next; /* of its bucket, by rising number */
    uint32_t id, format, width, height;
    uint32_t *pixels; /* as the guest has them */
    bool is_backed;
    uint32_t backing_count;
    struct gpu_backing *backing;
    uint8_t *packed; /* the pixels as they are saved; NULL: to be made anew */
    size_t packed_bytes;
};

struct gpu_resources {
    struct gpu_resource *buckets[GPU_BUCKETS]; /* by the number's lowest bits */
    unsigned count;
    uint64_t bytes; /* of the host's memory */
};

void gpu_resources_clear(struct gpu_resources *all);

/* NULL: there is none. */
struct gpu_resource *gpu_resource_find(const struct gpu_resources *all, uint32_t id);

/* Adds a black one; the number is free and the size not 0. NULL: there is no memory for it. */
struct gpu_resource *gpu_resource_create(struct gpu_resources *all, uint32_t id, uint32_t format, uint32_t width,
                                         uint32_t height);
void gpu_resource_destroy(struct gpu_resources *all, struct gpu_resource *resource);

/* Takes the list over, which was allocated; the resource has none. False: there is no memory for it, and it is the caller's still. */
bool gpu_resource_attach(struct gpu_resources *all, struct gpu_resource *resource, struct gpu_backing *list,
                         uint32_t count);
void gpu_resource_detach(struct gpu_resources *all, struct gpu_resource *resource);

/* Whether the rectangle lies in a picture of this size. */
bool gpu_rect_is_inside(const struct display_rect *rect, uint32_t width, uint32_t height);

/* Fills a rectangle, which lies in it, with what its list has from the offset-th byte on; rows are as far apart there as in the
 * resource. What is beyond the list's end stays as it was. offset: a little more than GPU_OFFSET_LIMIT at most. */
void gpu_resource_fill(struct gpu_resource *resource, const struct guest_mem *mem, const struct display_rect *rect,
                       uint64_t offset);

/* All of them as bytes, and back. gpu_resources_load takes what save wrote, as from an enemy: NULL in `into`: it is only
 * checked. *taken: bytes that were theirs. */
size_t gpu_resources_saved_bytes(struct gpu_resources *all);
uint8_t *gpu_resources_save(struct gpu_resources *all, uint8_t *bytes); /* behind the last */
bool gpu_resources_load(struct gpu_resources *into, const uint8_t *bytes, size_t count, size_t *taken,
                        struct error *err);

#endif
