/* SPDX-License-Identifier: MIT */
/* What a transport drives: the status, the features and the queues of one VirtIO device (VirtIO 1.3 2). The functions
 * that devices call are in virtio.h. For transports alone. */
#ifndef MICROVM_VIRTIO_CORE_H
#define MICROVM_VIRTIO_CORE_H

#include "base/compiler.h"
#include "bus/irq.h"
#include "virtio/queue.h"
#include "virtio/virtio.h"

enum {
    VIRTIO_STATUS_ACKNOWLEDGE = 1,
    VIRTIO_STATUS_DRIVER = 2,
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 64,
    VIRTIO_STATUS_FAILED = 128
};

enum { VIRTIO_INTERRUPT_USED = 1, VIRTIO_INTERRUPT_CONFIG = 2 };

/* Where a line for the user goes; say may be NULL. */
struct virtio_message {
    void *owner;
    void (*say)(void *owner, const char *line);
};

/* The registers of a queue, and the ring that runs while ready is set. */
struct virtio_queue {
    struct virtq ring;
    bool ready;
    uint32_t generation; /* counts the stops */
    uint32_t size;       /* as the driver wrote it */
    uint64_t descriptor_area, driver_area, device_area;
    uint32_t align; /* legacy: of the used ring */
    uint32_t pfn;   /* legacy: the first page, 0 while the queue is stopped */
};

/* Open, so that the transport can embed it. */
struct virtio {
    struct guest_mem mem;
    struct irq_line irq;
    struct virtio_message message;
    struct virtio_device device;
    bool legacy;
    unsigned messages; /* said up to now */
    uint64_t offered;  /* feature bits */
    uint64_t accepted; /* as the driver wrote them; what was not offered does not count */
    uint8_t status;
    uint8_t interrupt_status;
    uint8_t config_generation;
    struct virtio_queue queues[VIRTIO_MAX_QUEUES];
};

/* Attaches the device, adds its features to those offered, takes the withheld ones off, and resets. mem, irq, message,
 * device, legacy and offered are set. */
void virtio_core_init(struct virtio *v, uint64_t withheld);
void virtio_core_reset(struct virtio *v);

/* The driver writes the status: bits are only ever added, but for 0, which resets (VirtIO 1.3 2.1). */
void virtio_core_set_status(struct virtio *v, uint8_t status);

/* Sets 32 bits of the accepted features; ignored once they are settled (VirtIO 1.3 2.2). */
void virtio_core_accept_features(struct virtio *v, uint32_t word, uint32_t bits);

/* The most entries of a queue; 0: there is none of this number. */
uint16_t virtio_core_queue_max(const struct virtio *v, uint32_t queue);

/* Starts a queue from its registers; a bad one sets DEVICE_NEEDS_RESET. The queue exists and is not ready. */
void virtio_core_start_queue(struct virtio *v, unsigned queue);
/* Ends all access to a queue; nothing if it is not ready. */
void virtio_core_stop_queue(struct virtio *v, unsigned queue);

/* The driver notifies; any number. */
void virtio_core_notify(struct virtio *v, uint32_t queue);

void virtio_core_acknowledge(struct virtio *v, uint8_t bits);

/* What of the device itself must be kept. */
static inline struct state_part virtio_part(const struct virtio_device *device)
{
    const struct virtio_class *class = device->class;
    return (struct state_part){class->name, device->state, class->saved, class->blob};
}

/* What of it must be kept; whether what was loaded can run; and what follows from it. */
extern const struct state_field virtio_core_fields[];
bool virtio_core_check(const struct virtio *v);
void virtio_core_loaded(struct virtio *v);

/* One line for the user, "NAME: ..."; after the first few, nothing. */
void virtio_core_say(struct virtio *v, const char *format, ...) PRINTF_FORMAT(2, 3);

#endif
