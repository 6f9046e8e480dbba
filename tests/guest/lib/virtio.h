/* SPDX-License-Identifier: MIT */
/* A driver's side of a VirtIO device: its start, and split queues whose buffers are described once and offered again and again.
 * Who includes it has defined QUEUE_SIZE, a power of two that the device has room for. */
#ifndef MICROVM_TESTS_GUEST_VIRTIO_H
#define MICROVM_TESTS_GUEST_VIRTIO_H

#include "lib/mmio.h"

enum {
    VIRTIO_FEATURES = 0x20,
    VIRTIO_FEATURES_SEL = 0x24,
    VIRTIO_QUEUE_SEL = 0x30,
    VIRTIO_QUEUE_SIZE = 0x38,
    VIRTIO_QUEUE_READY = 0x44,
    VIRTIO_NOTIFY = 0x50,
    VIRTIO_STATUS = 0x70,
    VIRTIO_AREAS = 0x80
};
enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2 };

struct queue {
    struct {
        uint64_t at;
        uint32_t bytes;
        uint16_t flags, next;
    } descriptors[QUEUE_SIZE] __attribute__((aligned(16)));
    volatile struct {
        uint16_t flags, index, ring[QUEUE_SIZE];
    } available;
    volatile struct {
        uint16_t flags, index;
        uint32_t ring[QUEUE_SIZE][2];
    } used __attribute__((aligned(4)));
};

/* The n-th descriptor. flags: what of DESCRIPTOR_NEXT, which means the one behind it, and DESCRIPTOR_WRITE. */
static inline void describe(struct queue *q, unsigned n, const volatile void *at, uint32_t bytes, uint16_t flags)
{
    q->descriptors[n].at = (uint64_t)at;
    q->descriptors[n].bytes = bytes;
    q->descriptors[n].flags = flags;
    q->descriptors[n].next = (uint16_t)(n + 1);
}

static inline void start_queue(uint64_t device, unsigned number, struct queue *q)
{
    const uint64_t areas[] = {(uint64_t)q->descriptors, (uint64_t)&q->available, (uint64_t)&q->used};
    write32(device + VIRTIO_QUEUE_SEL, number);
    write32(device + VIRTIO_QUEUE_SIZE, QUEUE_SIZE);
    for (unsigned i = 0; i < 3; i++) {
        write32(device + VIRTIO_AREAS + 16 * i, areas[i]);
        write32(device + VIRTIO_AREAS + 16 * i + 4, areas[i] >> 32);
    }
    write32(device + VIRTIO_QUEUE_READY, 1);
}

/* Before and behind the start of its queues. features: bits 0 to 31 of what is accepted besides VIRTIO_F_VERSION_1. */
static inline void begin_device(uint64_t device, uint32_t features)
{
    write32(device + VIRTIO_STATUS, 0);
    write32(device + VIRTIO_STATUS, 3);
    write32(device + VIRTIO_FEATURES_SEL, 0);
    write32(device + VIRTIO_FEATURES, features);
    write32(device + VIRTIO_FEATURES_SEL, 1);
    write32(device + VIRTIO_FEATURES, 1);
    write32(device + VIRTIO_STATUS, 11);
}

static inline void end_device(uint64_t device)
{
    write32(device + VIRTIO_STATUS, 15);
}

/* The buffer that begins with a descriptor. */
static inline void offer(uint64_t device, unsigned number, struct queue *q, unsigned first)
{
    q->available.ring[q->available.index % QUEUE_SIZE] = (uint16_t)first;
    __asm__ volatile("fence" ::: "memory");
    q->available.index++;
    __asm__ volatile("fence" ::: "memory");
    write32(device + VIRTIO_NOTIFY, number);
}

/* Waits until so many buffers have come back since the queue was started, modulo 2^16. */
static inline void await(const struct queue *q, uint16_t count)
{
    while ((int16_t)(q->used.index - count) < 0)
        ;
    __asm__ volatile("fence" ::: "memory");
}

#endif
