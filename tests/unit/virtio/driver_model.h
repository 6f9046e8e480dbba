/* SPDX-License-Identifier: MIT */
/* The driver's side of a virtqueue, split and packed, as VirtIO 1.3 2.7 and 2.8 ask of drivers: for unit tests and fuzz
 * targets. Descriptors and ids are kept in free lists, so that they soon come in no particular order. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_DRIVER_MODEL_H
#define MICROVM_TESTS_UNIT_VIRTIO_DRIVER_MODEL_H

#include <string.h>

#include "base/compiler.h"
#include "bus/guest_mem.h"
#include "virtio/queue.h"

enum { MODEL_NEXT = 1, MODEL_WRITE = 2, MODEL_INDIRECT = 4, MODEL_AVAIL = 0x80, MODEL_USED = 0x8000 };

struct model_buffer {
    uint64_t gpa;
    uint32_t bytes;
    bool write;
};

struct driver {
    struct guest_mem mem;
    struct virtq_config config;
    uint16_t avail, used; /* split: free-running; packed: positions */
    bool avail_wrap, used_wrap;
    uint16_t free_ids[VIRTIO_QUEUE_LIMIT]; /* a stack: split: descriptors, packed: buffer ids */
    unsigned free_count;
    unsigned free_slots;                /* packed */
    uint16_t slots[VIRTIO_QUEUE_LIMIT]; /* of a buffer, by id */
    uint16_t next[VIRTIO_QUEUE_LIMIT];  /* split: the driver's own note of its chains */
    uint16_t kick_from;                 /* avail when the driver last decided about a kick */
    bool kick_wrap;
};

static inline void driver_start(struct driver *d, const struct guest_mem *mem, const struct virtq_config *config)
{
    *d = (struct driver){.mem = *mem, .config = *config, .avail_wrap = true, .used_wrap = true, .kick_wrap = true};
    d->free_count = d->free_slots = config->size;
    for (unsigned i = 0; i < config->size; i++)
        d->free_ids[i] = (uint16_t)(config->size - 1 - i);
    guest_mem_fill(mem, config->descriptor_area, 0, 16 * (uint64_t)config->size);
    guest_mem_fill(mem, config->driver_area, 0, config->packed ? 4 : 6 + 2 * (uint64_t)config->size);
    guest_mem_fill(mem, config->device_area, 0, config->packed ? 4 : 6 + 8 * (uint64_t)config->size);
}

/* last: the split ring's next, the packed ring's id. */
static inline void driver_put_descriptor(const struct driver *d, uint64_t at, const struct model_buffer *buffer,
                                         uint16_t flags, uint16_t last)
{
    guest_mem_write_u64(&d->mem, at, buffer->gpa);
    guest_mem_write_u32(&d->mem, at + 8, buffer->bytes);
    guest_mem_write_u16(&d->mem, at + (d->config.packed ? 12 : 14), last);
    guest_mem_write_u16(&d->mem, at + (d->config.packed ? 14 : 12), flags);
}

static inline uint64_t driver_descriptor(const struct driver *d, unsigned index)
{
    return d->config.descriptor_area + 16 * (uint64_t)(index % d->config.size);
}

/* An indirect table at gpa; gives the buffer that stands for it. */
static inline struct model_buffer driver_table(const struct driver *d, uint64_t gpa, const struct model_buffer *buffers,
                                               unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint16_t flags = buffers[i].write ? MODEL_WRITE : 0;
        if (!d->config.packed && i + 1 < count)
            flags |= MODEL_NEXT;
        driver_put_descriptor(d, gpa + 16 * (uint64_t)i, &buffers[i], flags, (uint16_t)(i + 1));
    }
    return (struct model_buffer){.gpa = gpa, .bytes = 16 * count};
}

static inline int driver_add_split(struct driver *d, const struct model_buffer *buffers, unsigned count, uint16_t extra)
{
    if (d->free_count < count)
        return -1;
    uint16_t head = d->free_ids[d->free_count - 1];
    for (unsigned i = 0; i < count; i++) {
        uint16_t index = d->free_ids[--d->free_count];
        uint16_t next = i + 1 < count ? d->free_ids[d->free_count - 1] : 0;
        uint16_t flags = (uint16_t)((buffers[i].write ? MODEL_WRITE : 0) | (i + 1 < count ? MODEL_NEXT : extra));
        d->next[index] = next;
        driver_put_descriptor(d, driver_descriptor(d, index), &buffers[i], flags, next);
    }
    d->slots[head] = (uint16_t)count;
    guest_mem_write_u16(&d->mem, d->config.driver_area + 4 + 2 * (uint64_t)(d->avail % d->config.size), head);
    guest_mem_write_u16(&d->mem, d->config.driver_area + 2, ++d->avail);
    return head;
}

static inline int driver_add_packed(struct driver *d, const struct model_buffer *buffers, unsigned count,
                                    uint16_t extra)
{
    if (d->free_slots < count || d->free_count == 0)
        return -1;
    uint16_t id = d->free_ids[--d->free_count], first_flags = 0;
    uint64_t first = driver_descriptor(d, d->avail);
    for (unsigned i = 0; i < count; i++) {
        uint16_t flags = (uint16_t)((buffers[i].write ? MODEL_WRITE : 0) | (i + 1 < count ? MODEL_NEXT : extra) |
                                    (d->avail_wrap ? MODEL_AVAIL : MODEL_USED));
        if (i == 0)
            first_flags = flags;
        driver_put_descriptor(d, driver_descriptor(d, d->avail), &buffers[i],
                              i == 0 ? (uint16_t)(flags ^ MODEL_AVAIL ^ MODEL_USED) : flags, id);
        if (++d->avail == d->config.size) {
            d->avail = 0;
            d->avail_wrap = !d->avail_wrap;
        }
    }
    guest_mem_write_u16(&d->mem, first + 14, first_flags);
    d->slots[id] = (uint16_t)count;
    d->free_slots -= count;
    return id;
}

/* Offers a buffer of 1 to size descriptors; its id, or -1 if there is no room. extra: MODEL_INDIRECT if the last one is
 * a table, or 0. */
static inline int driver_add(struct driver *d, const struct model_buffer *buffers, unsigned count, uint16_t extra)
{
    return d->config.packed ? driver_add_packed(d, buffers, count, extra) : driver_add_split(d, buffers, count, extra);
}

static inline uint16_t driver_u16(const struct driver *d, uint64_t gpa)
{
    uint16_t value = 0;
    guest_mem_read_u16(&d->mem, gpa, &value);
    return value;
}

static inline bool driver_used_split(struct driver *d, uint32_t *id, uint32_t *written)
{
    if (driver_u16(d, d->config.device_area + 2) == d->used)
        return false;
    uint64_t element = d->config.device_area + 4 + 8 * (uint64_t)(d->used % d->config.size);
    guest_mem_read_u32(&d->mem, element, id);
    guest_mem_read_u32(&d->mem, element + 4, written);
    d->used++;
    if (*id >= d->config.size)
        return true;
    uint16_t index = (uint16_t)*id;
    for (unsigned i = 0; i < d->slots[*id]; i++, index = d->next[index])
        d->free_ids[d->free_count++] = index;
    return true;
}

static inline bool driver_used_packed(struct driver *d, uint32_t *id, uint32_t *written)
{
    uint64_t slot = driver_descriptor(d, d->used);
    uint16_t flags = driver_u16(d, slot + 14);
    if (((flags & MODEL_AVAIL) != 0) != d->used_wrap || ((flags & MODEL_USED) != 0) != d->used_wrap)
        return false;
    *id = driver_u16(d, slot + 12);
    guest_mem_read_u32(&d->mem, slot + 8, written);
    if ((flags & MODEL_WRITE) == 0)
        *written = 0; /* the length means nothing (VirtIO 1.3 2.8.4) */
    if (*id >= d->config.size)
        return true;
    d->used = (uint16_t)(d->used + d->slots[*id]);
    if (d->used >= d->config.size) {
        d->used = (uint16_t)(d->used - d->config.size);
        d->used_wrap = !d->used_wrap;
    }
    d->free_slots += d->slots[*id];
    d->free_ids[d->free_count++] = (uint16_t)*id;
    return true;
}

/* Takes back the next used buffer; false: there is none. */
static inline bool driver_used(struct driver *d, uint32_t *id, uint32_t *written)
{
    return d->config.packed ? driver_used_packed(d, id, written) : driver_used_split(d, id, written);
}

/* Asks for an interrupt at the next used buffer, or for none. */
static inline void driver_want_interrupt(const struct driver *d, bool wanted)
{
    uint64_t area = d->config.driver_area;
    if (d->config.packed && d->config.event_idx && wanted) {
        guest_mem_write_u16(&d->mem, area, (uint16_t)(d->used | (d->used_wrap ? 0x8000 : 0)));
        guest_mem_write_u16(&d->mem, area + 2, 2);
    } else if (d->config.packed) {
        guest_mem_write_u16(&d->mem, area + 2, !wanted);
    } else if (d->config.event_idx) {
        uint16_t event = wanted ? d->used : (uint16_t)(d->used - 1);
        guest_mem_write_u16(&d->mem, area + 4 + 2 * (uint64_t)d->config.size, event);
    } else {
        guest_mem_write_u16(&d->mem, area, !wanted);
    }
}

static inline bool driver_passed(uint16_t event, uint16_t new_index, uint16_t old)
{
    return (uint16_t)(new_index - event - 1) < (uint16_t)(new_index - old);
}

/* True if the driver has to notify the device of what it added since the last call. */
static inline bool driver_must_kick(struct driver *d)
{
    uint64_t area = d->config.device_area;
    uint16_t old = d->kick_from, now = d->avail;
    if (d->config.packed && d->kick_wrap != d->avail_wrap)
        old = (uint16_t)(old - d->config.size);
    d->kick_from = d->avail;
    d->kick_wrap = d->avail_wrap;
    if (old == now)
        return false;
    if (!d->config.packed)
        return d->config.event_idx ? driver_passed(driver_u16(d, area + 4 + 8 * (uint64_t)d->config.size), now, old)
                                   : (driver_u16(d, area) & 1) == 0;
    uint16_t event = driver_u16(d, area), mode = driver_u16(d, area + 2) & 3;
    if (mode != 2)
        return mode == 0;
    uint16_t position = event & 0x7fff;
    if (((event & 0x8000) != 0) != d->avail_wrap)
        position = (uint16_t)(position - d->config.size);
    return driver_passed(position, now, old);
}

#endif
