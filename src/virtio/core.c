/* SPDX-License-Identifier: MIT */
/* Status, features, queues' lives and interrupts of a VirtIO device. */
#include "virtio/core.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/bits.h"

/* A guest cannot fill the user's terminal. */
#define MAX_MESSAGES 8

void virtio_core_say(struct virtio *v, const char *format, ...)
{
    char text[256], line[320];
    if (v->message.say == NULL || v->messages >= MAX_MESSAGES)
        return;
    v->messages++;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(line, sizeof line, "%s: %s", v->device.class->name, text);
    v->message.say(v->message.owner, line);
}

static void drive_irq(struct virtio *v)
{
    irq_set(&v->irq, v->interrupt_status != 0);
}

static void interrupt(struct virtio *v, uint8_t bit)
{
    v->interrupt_status |= bit;
    drive_irq(v);
}

void virtio_core_acknowledge(struct virtio *v, uint8_t bits)
{
    v->interrupt_status &= (uint8_t)~bits;
    drive_irq(v);
}

/* VirtIO 1.3 2.1.2 */
static void need_reset(struct virtio *v)
{
    v->status |= VIRTIO_STATUS_NEEDS_RESET;
    if ((v->status & VIRTIO_STATUS_DRIVER_OK) != 0)
        interrupt(v, VIRTIO_INTERRUPT_CONFIG);
}

static bool is_broken(const struct virtio *v)
{
    return (v->status & VIRTIO_STATUS_NEEDS_RESET) != 0;
}

void virtio_fail(struct virtio *v, const char *why)
{
    if (is_broken(v))
        return;
    virtio_core_say(v, "%s; the device needs a reset", why);
    need_reset(v);
}

static void fail_queue(struct virtio *v, unsigned queue, enum virtq_fault fault)
{
    if (is_broken(v))
        return;
    virtio_core_say(v, "queue %u: %s; the device needs a reset", queue, virtq_fault_text(fault));
    need_reset(v);
}

/* Queues. */

/* Legacy drivers use the device before they set DRIVER_OK (VirtIO 1.3 3.1.2). */
static bool is_live(const struct virtio *v, unsigned queue)
{
    bool driver_ready = v->legacy || (v->status & VIRTIO_STATUS_DRIVER_OK) != 0;
    return queue < VIRTIO_MAX_QUEUES && v->queues[queue].ready && driver_ready && !is_broken(v);
}

uint16_t virtio_core_queue_max(const struct virtio *v, uint32_t queue)
{
    return queue < VIRTIO_MAX_QUEUES ? v->device.class->queue_size(v->device.state, queue) : 0;
}

void virtio_core_start_queue(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = &v->queues[queue];
    enum virtq_fault fault = VIRTQ_BAD_SIZE;
    if (q->size <= virtio_core_queue_max(v, queue)) {
        struct virtq_config config = {
            .packed = virtio_has(v, VIRTIO_F_RING_PACKED),
            .event_idx = virtio_has(v, VIRTIO_F_EVENT_IDX),
            .indirect = virtio_has(v, VIRTIO_F_INDIRECT_DESC),
            .size = (uint16_t)q->size,
            .descriptor_area = q->descriptor_area,
            .driver_area = q->driver_area,
            .device_area = q->device_area,
        };
        fault = virtq_start(&q->ring, &v->mem, &config);
    }
    q->ready = fault == VIRTQ_OK;
    if (!q->ready)
        fail_queue(v, queue, fault);
}

void virtio_core_stop_queue(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = &v->queues[queue];
    if (!q->ready)
        return;
    q->ready = false;
    q->generation++;
    if (v->device.class->stop_queue != NULL)
        v->device.class->stop_queue(v->device.state, queue);
}

void virtio_core_notify(struct virtio *v, uint32_t queue)
{
    if (queue < VIRTIO_MAX_QUEUES && is_live(v, queue))
        v->device.class->notify(v->device.state, queue);
}

/* Status and features. */

static void clear_queue(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = &v->queues[queue];
    virtio_core_stop_queue(v, queue);
    *q = (struct virtio_queue){
        .generation = q->generation,
        .size = virtio_core_queue_max(v, queue),
        .align = PAGE_BYTES,
    };
}

void virtio_core_reset(struct virtio *v)
{
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
        clear_queue(v, i);
    v->status = 0;
    v->accepted = 0;
    v->interrupt_status = 0;
    drive_irq(v);
    v->device.class->reset(v->device.state);
}

void virtio_core_init(struct virtio *v, uint64_t withheld)
{
    v->device.class->attach(v->device.state, v);
    v->offered |= v->device.class->features(v->device.state);
    v->offered &= ~withheld & (v->legacy ? BITS(31, 0) : UINT64_MAX);
    virtio_core_reset(v);
}

static bool features_settled(const struct virtio *v)
{
    return (v->status & (VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK)) != 0;
}

void virtio_core_accept_features(struct virtio *v, uint32_t word, uint32_t bits)
{
    if (word > 1 || features_settled(v))
        return;
    v->accepted = field_set(v->accepted, word == 0 ? BITS(31, 0) : BITS(63, 32), bits);
}

bool virtio_has(const struct virtio *v, unsigned bit)
{
    return (v->accepted & v->offered & BIT(bit)) != 0;
}

/* Buffers may have been waiting from before. */
static void driver_ready(struct virtio *v)
{
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
        virtio_core_notify(v, i);
}

/* A set of features that was not offered is refused: FEATURES_OK stays clear (VirtIO 1.3 2.2.2). A driver that does
 * without VERSION_1 is served: teaching kernels accept no bit above 31. */
void virtio_core_set_status(struct virtio *v, uint8_t status)
{
    if (status == 0) {
        virtio_core_reset(v);
        return;
    }
    uint8_t added = (uint8_t)(status & ~v->status & ~VIRTIO_STATUS_NEEDS_RESET);
    if (!v->legacy && (v->accepted & ~v->offered) != 0)
        added &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    v->status |= added;
    if ((added & VIRTIO_STATUS_DRIVER_OK) != 0)
        driver_ready(v);
}

/* Saved state. */

static const struct state_field queue_fields[] = {
    STATE_INNER(struct virtio_queue, ring, virtq_fields, "counts while ready is set"),
    STATE(struct virtio_queue, ready, 1, "QueueReady"),
    STATE(struct virtio_queue, generation, STATE_ANY, "how often it was stopped"),
    STATE(struct virtio_queue, size, STATE_ANY, "QueueSize"),
    STATE(struct virtio_queue, descriptor_area, STATE_ANY, "QueueDesc"),
    STATE(struct virtio_queue, driver_area, STATE_ANY, "QueueDriver"),
    STATE(struct virtio_queue, device_area, STATE_ANY, "QueueDevice"),
    STATE(struct virtio_queue, align, STATE_ANY, "QueueAlign (version 1)"),
    STATE(struct virtio_queue, pfn, STATE_ANY, "QueuePFN (version 1)"),
    STATE_END,
};

const struct state_field virtio_core_fields[] = {
    STATE_NOT(struct virtio, mem, "wiring"),
    STATE_NOT(struct virtio, irq, "wiring"),
    STATE_NOT(struct virtio, message, "wiring"),
    STATE_NOT(struct virtio, device, "wiring"),
    STATE_NOT(struct virtio, legacy, "made with the machine"),
    STATE_NOT(struct virtio, messages, "the user's patience, not the guest's"),
    STATE_NOT(struct virtio, offered, "made with the machine"),
    STATE(struct virtio, accepted, STATE_ANY, "feature bits as the driver wrote them"),
    STATE(struct virtio, status, STATE_ANY, "Status"),
    STATE(struct virtio, interrupt_status, VIRTIO_INTERRUPT_USED | VIRTIO_INTERRUPT_CONFIG, "InterruptStatus"),
    STATE(struct virtio, config_generation, STATE_ANY, "ConfigGeneration"),
    STATE_INNERS(struct virtio, queues, queue_fields, "one for each that the device may have"),
    STATE_END,
};

bool virtio_core_check(const struct virtio *v)
{
    bool ok = true;
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++) {
        const struct virtio_queue *q = &v->queues[i];
        unsigned most = v->device.class != NULL ? virtio_core_queue_max(v, i) : 0;
        ok &= !q->ready || (q->ring.config.size <= most && virtq_check(&q->ring, &v->mem));
    }
    return ok;
}

void virtio_core_loaded(struct virtio *v)
{
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
        v->queues[i].ring.mem = v->mem;
    drive_irq(v);
}

/* What devices call. */

const struct guest_mem *virtio_memory(const struct virtio *v)
{
    return &v->mem;
}

bool virtio_pop(struct virtio *v, unsigned queue, struct virtio_chain *chain)
{
    if (!is_live(v, queue))
        return false;
    struct virtio_queue *q = &v->queues[queue];
    bool found = virtq_pop(&q->ring, chain);
    chain->token.queue = (uint16_t)queue;
    chain->token.generation = q->generation;
    if (!found && q->ring.fault != VIRTQ_OK)
        fail_queue(v, queue, q->ring.fault);
    return found;
}

void virtio_unpop(struct virtio *v, const struct virtio_token *token)
{
    if (virtio_alive(v, token))
        virtq_unpop(&v->queues[token->queue].ring, token);
}

bool virtio_available(struct virtio *v, unsigned queue)
{
    return is_live(v, queue) && virtq_available(&v->queues[queue].ring);
}

bool virtio_alive(const struct virtio *v, const struct virtio_token *token)
{
    return is_live(v, token->queue) && v->queues[token->queue].generation == token->generation;
}

void virtio_push(struct virtio *v, const struct virtio_token *token, uint32_t written)
{
    if (virtio_alive(v, token))
        virtq_push(&v->queues[token->queue].ring, token, written);
}

void virtio_signal(struct virtio *v, unsigned queue)
{
    if (is_live(v, queue) && virtq_take_signal(&v->queues[queue].ring))
        interrupt(v, VIRTIO_INTERRUPT_USED);
}

void virtio_want_notify(struct virtio *v, unsigned queue, bool wanted)
{
    if (is_live(v, queue))
        virtq_want_notify(&v->queues[queue].ring, wanted);
}

/* Before FEATURES_OK nobody listens (VirtIO 1.3 2.3), but the generation counts. */
void virtio_config_changed(struct virtio *v)
{
    v->config_generation++;
    if ((v->status & VIRTIO_STATUS_DRIVER_OK) != 0)
        interrupt(v, VIRTIO_INTERRUPT_CONFIG);
}
