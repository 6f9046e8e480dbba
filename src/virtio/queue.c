/* SPDX-License-Identifier: MIT */
/* Split and packed rings. Whatever the guest may change is copied before it is looked at, and each walk is bounded by
 * the ring's size or VIRTIO_CHAIN_LIMIT. The areas were checked when the queue was started, so reads and writes of the
 * rings themselves do not fail. */
#include "virtio/queue.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"

#define DESCRIPTOR_BYTES 16u
enum {
    DESC_NEXT = 1,
    DESC_WRITE = 2,
    DESC_INDIRECT = 4,
    DESC_AVAIL = 1 << 7, /* these two: packed rings alone */
    DESC_USED = 1 << 15,
};
enum { AVAIL_NO_INTERRUPT = 1, USED_NO_NOTIFY = 1 };
enum { EVENT_ENABLE = 0, EVENT_DISABLE = 1, EVENT_DESC = 2, EVENT_MASK = 3 };
#define EVENT_WRAP 0x8000u
#define CHAIN_BYTES_LIMIT (UINT64_C(1) << 32)

/* A copy of a descriptor; next is the buffer id in a packed ring. */
struct descriptor {
    uint64_t gpa;
    uint32_t bytes;
    uint16_t flags;
    uint16_t next;
};

static uint16_t ring_u16(const struct virtq *q, uint64_t gpa)
{
    uint16_t value = 0;
    guest_mem_read_u16(&q->mem, gpa, &value);
    return value;
}

/* Of a table at gpa, split or packed by the queue's kind; false: outside of RAM. */
static bool copy_descriptor(const struct virtq *q, uint64_t gpa, struct descriptor *d)
{
    uint8_t raw[DESCRIPTOR_BYTES];
    if (!guest_mem_read(&q->mem, gpa, raw, sizeof raw))
        return false;
    d->gpa = little_get(raw, 8);
    d->bytes = (uint32_t)little_get(raw + 8, 4);
    d->flags = (uint16_t)little_get(raw + (q->config.packed ? 14 : 12), 2);
    d->next = (uint16_t)little_get(raw + (q->config.packed ? 12 : 14), 2);
    return true;
}

/* Starting. */

static bool size_is_legal(const struct virtq_config *config)
{
    if (config->size == 0 || config->size > VIRTIO_QUEUE_LIMIT)
        return false;
    return config->packed || is_aligned(config->size, config->size);
}

static uint64_t used_event_at(const struct virtq *q)
{
    return q->config.driver_area + 4 + 2 * (uint64_t)q->config.size;
}

static uint64_t avail_event_at(const struct virtq *q)
{
    return q->config.device_area + 4 + 8 * (uint64_t)q->config.size;
}

/* Sizes and alignments: VirtIO 1.3 2.7 and 2.8.10.1. */
static bool place_is_legal(const struct guest_mem *mem, const struct virtq_config *c)
{
    uint64_t event = c->event_idx ? 2 : 0, size = c->size;
    uint64_t driver_bytes = c->packed ? 4 : 4 + 2 * size + event;
    uint64_t device_bytes = c->packed ? 4 : 4 + 8 * size + event;
    return is_aligned(c->descriptor_area, 16) && is_aligned(c->driver_area, c->packed ? 4 : 2) &&
           is_aligned(c->device_area, 4) && guest_mem_contains(mem, c->descriptor_area, DESCRIPTOR_BYTES * size) &&
           guest_mem_contains(mem, c->driver_area, driver_bytes) &&
           guest_mem_contains(mem, c->device_area, device_bytes);
}

enum virtq_fault virtq_start(struct virtq *q, const struct guest_mem *mem, const struct virtq_config *config)
{
    *q = (struct virtq){.mem = *mem, .config = *config, .next_wrap = true, .used_wrap = true, .wanted = true};
    if (!size_is_legal(config))
        q->fault = VIRTQ_BAD_SIZE;
    else if (!place_is_legal(mem, config))
        q->fault = VIRTQ_BAD_PLACE;
    return q->fault;
}

static const struct state_field config_fields[] = {
    STATE(struct virtq_config, packed, 1, "VIRTIO_F_RING_PACKED"),
    STATE(struct virtq_config, event_idx, 1, "VIRTIO_F_EVENT_IDX"),
    STATE(struct virtq_config, indirect, 1, "VIRTIO_F_INDIRECT_DESC"),
    STATE(struct virtq_config, size, VIRTIO_QUEUE_LIMIT, "entries"),
    STATE(struct virtq_config, descriptor_area, STATE_ANY, "guest physical address"),
    STATE(struct virtq_config, driver_area, STATE_ANY, "guest physical address"),
    STATE(struct virtq_config, device_area, STATE_ANY, "guest physical address"),
    STATE_END,
};

const struct state_field virtq_fields[] = {
    STATE_NOT(struct virtq, mem, "wiring"),
    STATE_INNER(struct virtq, config, config_fields, "as the driver started it"),
    STATE(struct virtq, fault, VIRTQ_FAULT_COUNT - 1, "what the driver did wrong; 0: nothing"),
    STATE(struct virtq, next, STATE_ANY, "where the next buffer is looked for"),
    STATE(struct virtq, used, STATE_ANY, "where the next used one goes"),
    STATE(struct virtq, next_wrap, 1, "the wrap counter that goes with next"),
    STATE(struct virtq, used_wrap, 1, "the wrap counter that goes with used"),
    STATE(struct virtq, taken, VIRTIO_QUEUE_LIMIT, "ring slots of buffers that the device holds"),
    STATE(struct virtq, unsignalled, STATE_ANY, "ring slots given back since the driver's wish was looked at"),
    STATE(struct virtq, wanted, 1, "the device wants to be notified"),
    STATE_END,
};

bool virtq_check(const struct virtq *q, const struct guest_mem *mem)
{
    const struct virtq_config *c = &q->config;
    return size_is_legal(c) && place_is_legal(mem, c) && q->taken <= c->size &&
           (!c->packed || (q->next < c->size && q->used < c->size));
}

/* Taking buffers. */

/* Neighbours become one range. A range of no bytes is left out. */
static enum virtq_fault add_range(const struct virtq *q, struct virtio_chain *chain, const struct descriptor *d)
{
    bool write = (d->flags & DESC_WRITE) != 0;
    unsigned count = chain->readable + chain->writable;
    if (d->bytes == 0)
        return VIRTQ_OK;
    if (!guest_mem_contains(&q->mem, d->gpa, d->bytes))
        return VIRTQ_BAD_BUFFER;
    if (!write && chain->writable != 0)
        return VIRTQ_BAD_ORDER;
    if (chain->readable_bytes + chain->writable_bytes + d->bytes > CHAIN_BYTES_LIMIT)
        return VIRTQ_TOO_LONG;
    *(write ? &chain->writable_bytes : &chain->readable_bytes) += d->bytes;
    struct virtio_range *last = count != 0 ? &chain->ranges[count - 1] : NULL;
    bool same_part = (write ? chain->writable : chain->readable) != 0;
    if (same_part && last->gpa + last->bytes == d->gpa && d->bytes <= UINT32_MAX - last->bytes) {
        last->bytes += d->bytes;
        return VIRTQ_OK;
    }
    if (count == VIRTIO_CHAIN_LIMIT)
        return VIRTQ_TOO_LONG;
    chain->ranges[count] = (struct virtio_range){.gpa = d->gpa, .bytes = d->bytes};
    *(write ? &chain->writable : &chain->readable) += 1;
    return VIRTQ_OK;
}

/* Not negotiated, more to follow, a table that is empty, ragged or not in RAM (VirtIO 1.3 2.7.5.3.1, 2.8.7). */
static bool indirect_is_legal(const struct virtq *q, const struct descriptor *d)
{
    return q->config.indirect && (d->flags & DESC_NEXT) == 0 && d->bytes != 0 && d->bytes % DESCRIPTOR_BYTES == 0 &&
           guest_mem_contains(&q->mem, d->gpa, d->bytes);
}

/* A split descriptor table: the queue's own, or an indirect one. */
struct table {
    uint64_t gpa;
    uint32_t entries;
    uint32_t steps; /* that a walk in it may make */
    bool indirect;
};

static enum virtq_fault walk_split(const struct virtq *q, uint16_t head, struct virtio_chain *chain)
{
    struct table table = {.gpa = q->config.descriptor_area, .entries = q->config.size, .steps = q->config.size};
    uint32_t index = head;
    for (;;) {
        struct descriptor d;
        if (index >= table.entries || !copy_descriptor(q, table.gpa + DESCRIPTOR_BYTES * (uint64_t)index, &d))
            return VIRTQ_BAD_DESCRIPTOR_INDEX;
        if (table.steps-- == 0)
            return VIRTQ_LOOP;
        if ((d.flags & DESC_INDIRECT) != 0) {
            if (table.indirect || !indirect_is_legal(q, &d))
                return VIRTQ_BAD_INDIRECT;
            table = (struct table){d.gpa, d.bytes / DESCRIPTOR_BYTES, VIRTIO_CHAIN_LIMIT, true};
            index = 0;
            continue;
        }
        enum virtq_fault fault = add_range(q, chain, &d);
        if (fault != VIRTQ_OK || (d.flags & DESC_NEXT) == 0)
            return fault;
        index = d.next;
    }
}

/* Of the flags in an indirect table only WRITE counts, and the order is the table's (VirtIO 1.3 2.8.7). */
static enum virtq_fault walk_packed_table(const struct virtq *q, const struct descriptor *at,
                                          struct virtio_chain *chain)
{
    uint32_t entries = at->bytes / DESCRIPTOR_BYTES;
    if (entries > VIRTIO_CHAIN_LIMIT)
        return VIRTQ_TOO_LONG;
    enum virtq_fault fault = VIRTQ_OK;
    for (uint32_t i = 0; i < entries && fault == VIRTQ_OK; i++) {
        struct descriptor d;
        if (!copy_descriptor(q, at->gpa + DESCRIPTOR_BYTES * (uint64_t)i, &d))
            return VIRTQ_BAD_INDIRECT;
        fault = add_range(q, chain, &d);
    }
    return fault;
}

static uint64_t packed_slot(const struct virtq *q, unsigned position)
{
    return q->config.descriptor_area + DESCRIPTOR_BYTES * (uint64_t)(position % q->config.size);
}

/* From the copy of the list's first descriptor on. The id stands in the last one (VirtIO 1.3 2.8.6). */
static enum virtq_fault walk_packed(const struct virtq *q, struct descriptor d, struct virtio_chain *chain)
{
    struct virtio_token *token = &chain->token;
    for (token->slots = 1;; token->slots++) {
        enum virtq_fault fault;
        if ((d.flags & DESC_INDIRECT) == 0)
            fault = add_range(q, chain, &d);
        else if (token->slots > 1 || !indirect_is_legal(q, &d))
            fault = VIRTQ_BAD_INDIRECT;
        else
            fault = walk_packed_table(q, &d, chain);
        token->id = d.next;
        if (fault != VIRTQ_OK || (d.flags & DESC_NEXT) == 0)
            return fault;
        if (token->slots == q->config.size)
            return VIRTQ_LOOP;
        copy_descriptor(q, packed_slot(q, q->next + (unsigned)token->slots), &d);
    }
}

/* Moves a position in a packed ring on; the wrap counter changes at the end of the ring. */
static void advance(const struct virtq *q, uint16_t *position, bool *wrap, uint16_t slots)
{
    unsigned sum = (unsigned)*position + slots;
    if (sum >= q->config.size) {
        sum -= q->config.size;
        *wrap = !*wrap;
    }
    *position = (uint16_t)sum;
}

static bool is_available(const struct virtq *q, uint16_t flags)
{
    return ((flags & DESC_AVAIL) != 0) == q->next_wrap && ((flags & DESC_USED) != 0) != q->next_wrap;
}

static uint16_t split_waiting(const struct virtq *q)
{
    return (uint16_t)(ring_u16(q, q->config.driver_area + 2) - q->next);
}

bool virtq_available(const struct virtq *q)
{
    if (q->fault != VIRTQ_OK)
        return false;
    if (q->config.packed)
        return is_available(q, ring_u16(q, packed_slot(q, q->next) + 14));
    return split_waiting(q) != 0;
}

/* Tells the driver up to where the ring was looked at. */
static void ask_notify(const struct virtq *q)
{
    if (!q->config.event_idx || !q->wanted)
        return;
    if (!q->config.packed) {
        guest_mem_write_u16(&q->mem, avail_event_at(q), q->next);
        return;
    }
    guest_mem_write_u16(&q->mem, q->config.device_area, (uint16_t)(q->next | (q->next_wrap ? EVENT_WRAP : 0)));
    guest_mem_write_u16(&q->mem, q->config.device_area + 2, EVENT_DESC);
}

/* Leaves the chain's ranges as they are: they are large, and the counts say which hold something. */
static void clear(struct virtio_chain *chain)
{
    chain->token = (struct virtio_token){.slots = 1};
    chain->readable = chain->writable = 0;
    chain->readable_bytes = chain->writable_bytes = 0;
}

static bool pop_split(struct virtq *q, struct virtio_chain *chain)
{
    uint16_t waiting = split_waiting(q);
    if (waiting == 0) {
        ask_notify(q);
        return false;
    }
    if (waiting > q->config.size) {
        q->fault = VIRTQ_BAD_AVAIL_INDEX;
        return false;
    }
    chain->token.id = ring_u16(q, q->config.driver_area + 4 + 2 * (uint64_t)(q->next % q->config.size));
    q->fault = walk_split(q, chain->token.id, chain);
    if (q->fault == VIRTQ_OK && q->taken == q->config.size)
        q->fault = VIRTQ_OVERRUN;
    if (q->fault != VIRTQ_OK)
        return false;
    q->next++;
    q->taken++;
    return true;
}

static bool pop_packed(struct virtq *q, struct virtio_chain *chain)
{
    struct descriptor first;
    if (!copy_descriptor(q, packed_slot(q, q->next), &first) || !is_available(q, first.flags)) {
        ask_notify(q);
        return false;
    }
    q->fault = walk_packed(q, first, chain);
    if (q->fault == VIRTQ_OK && chain->token.slots > q->config.size - q->taken)
        q->fault = VIRTQ_OVERRUN;
    if (q->fault != VIRTQ_OK)
        return false;
    advance(q, &q->next, &q->next_wrap, chain->token.slots);
    q->taken = (uint16_t)(q->taken + chain->token.slots);
    return true;
}

bool virtq_pop(struct virtq *q, struct virtio_chain *chain)
{
    clear(chain);
    if (q->fault != VIRTQ_OK)
        return false;
    return q->config.packed ? pop_packed(q, chain) : pop_split(q, chain);
}

/* Moves a position in a packed ring back, likewise. */
static void retreat(const struct virtq *q, uint16_t *position, bool *wrap, uint16_t slots)
{
    if (slots > *position) {
        *position = (uint16_t)(*position + q->config.size);
        *wrap = !*wrap;
    }
    *position = (uint16_t)(*position - slots);
}

void virtq_unpop(struct virtq *q, const struct virtio_token *token)
{
    if (q->fault != VIRTQ_OK)
        return;
    if (q->config.packed)
        retreat(q, &q->next, &q->next_wrap, token->slots);
    else
        q->next--;
    q->taken = (uint16_t)(q->taken - token->slots);
}

/* Giving them back. */

/* The element is there before the index says so (VirtIO 1.3 2.7.8.2). */
static void push_split(struct virtq *q, const struct virtio_token *token, uint32_t written)
{
    uint64_t element = q->config.device_area + 4 + 8 * (uint64_t)(q->used % q->config.size);
    guest_mem_write_u32(&q->mem, element, token->id);
    guest_mem_write_u32(&q->mem, element + 4, written);
    q->used++;
    guest_mem_write_u16(&q->mem, q->config.device_area + 2, q->used);
}

/* The flags make it the driver's (VirtIO 1.3 2.8.1, 2.8.3). */
static void push_packed(struct virtq *q, const struct virtio_token *token, uint32_t written)
{
    uint64_t slot = packed_slot(q, q->used);
    uint16_t flags = (uint16_t)((q->used_wrap ? DESC_AVAIL | DESC_USED : 0) | (written != 0 ? DESC_WRITE : 0));
    guest_mem_write_u32(&q->mem, slot + 8, written);
    guest_mem_write_u16(&q->mem, slot + 12, token->id);
    guest_mem_write_u16(&q->mem, slot + 14, flags);
    advance(q, &q->used, &q->used_wrap, token->slots);
}

/* A loaded token may name more than is out. */
void virtq_push(struct virtq *q, const struct virtio_token *token, uint32_t written)
{
    if (q->fault != VIRTQ_OK || token->slots > q->taken)
        return;
    if (q->config.packed)
        push_packed(q, token, written);
    else
        push_split(q, token, written);
    q->taken = (uint16_t)(q->taken - token->slots);
    if (q->unsignalled < UINT32_MAX - token->slots)
        q->unsignalled += token->slots;
}

/* Whether `event` is among the last `steps` positions before now, all modulo 2^16. */
static bool passed(uint16_t event, uint16_t now, uint32_t steps)
{
    return (uint16_t)(now - event - 1) < steps;
}

/* VirtIO 1.3 2.7.7.2 */
static bool split_signal(const struct virtq *q, uint32_t steps)
{
    if (q->config.event_idx)
        return passed(ring_u16(q, used_event_at(q)), q->used, steps);
    return (ring_u16(q, q->config.driver_area) & AVAIL_NO_INTERRUPT) == 0;
}

/* VirtIO 1.3 2.8.10; an event of the other wrap counter lies a ring's length back. */
static bool packed_signal(const struct virtq *q, uint32_t steps)
{
    uint16_t event = ring_u16(q, q->config.driver_area);
    uint16_t mode = ring_u16(q, q->config.driver_area + 2) & EVENT_MASK;
    if (mode != EVENT_DESC || !q->config.event_idx)
        return mode != EVENT_DISABLE;
    uint16_t position = event & (EVENT_WRAP - 1);
    if (((event & EVENT_WRAP) != 0) != q->used_wrap)
        position = (uint16_t)(position - q->config.size);
    return passed(position, q->used, steps);
}

bool virtq_take_signal(struct virtq *q)
{
    uint32_t steps = q->unsignalled;
    q->unsignalled = 0;
    if (steps == 0 || q->fault != VIRTQ_OK)
        return false;
    return q->config.packed ? packed_signal(q, steps) : split_signal(q, steps);
}

/* With the event index of a split ring, no notification is asked for by a position that lies just behind (VirtIO 1.3
 * 2.7.10.2); packed rings have a flag (2.8.10). */
void virtq_want_notify(struct virtq *q, bool wanted)
{
    if (q->wanted == wanted || q->fault != VIRTQ_OK)
        return;
    q->wanted = wanted;
    if (wanted && q->config.event_idx)
        ask_notify(q);
    else if (q->config.packed)
        guest_mem_write_u16(&q->mem, q->config.device_area + 2, wanted ? EVENT_ENABLE : EVENT_DISABLE);
    else if (q->config.event_idx)
        guest_mem_write_u16(&q->mem, avail_event_at(q), (uint16_t)(q->next - 1));
    else
        guest_mem_write_u16(&q->mem, q->config.device_area, wanted ? 0 : USED_NO_NOTIFY);
}

const char *virtq_fault_text(enum virtq_fault fault)
{
    static const char *const texts[VIRTQ_FAULT_COUNT] = {
        [VIRTQ_OK] = "nothing is wrong",
        [VIRTQ_BAD_SIZE] = "its size is not a legal one",
        [VIRTQ_BAD_PLACE] = "its rings are not aligned, or not in RAM",
        [VIRTQ_BAD_AVAIL_INDEX] = "the index of available buffers is ahead by more than the queue's size",
        [VIRTQ_BAD_DESCRIPTOR_INDEX] = "a descriptor's index is beyond the table",
        [VIRTQ_BAD_BUFFER] = "a descriptor's buffer is not in RAM",
        [VIRTQ_BAD_ORDER] = "a readable descriptor follows a writable one",
        [VIRTQ_BAD_INDIRECT] = "an indirect descriptor is not allowed there, or its table is not legal",
        [VIRTQ_LOOP] = "a chain has more descriptors than the queue",
        [VIRTQ_TOO_LONG] = "a chain is too long",
        [VIRTQ_OVERRUN] = "more buffers are offered than the queue can hold",
    };
    return texts[fault];
}
