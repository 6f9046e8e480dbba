/* SPDX-License-Identifier: MIT */
/* VirtIO over MMIO (VirtIO 1.3 4.2): a slot of registers on the bus, version 2 or, for old drivers, version 1, with a
 * VirtIO device behind it or without one. */
#ifndef MICROVM_VIRTIO_TRANSPORT_MMIO_H
#define MICROVM_VIRTIO_TRANSPORT_MMIO_H

#include "bus/device.h"
#include "virtio/core.h"

/* Of the address range; what lies behind the configuration space in it does not answer. */
#define VIRTIO_MMIO_SIZE UINT64_C(0x1000)

struct virtio_mmio;

/* All is copied. */
struct virtio_mmio_config {
    struct guest_mem mem;
    struct irq_line irq;
    struct virtio_message message;
    bool legacy;                 /* version 1 */
    uint64_t withheld;           /* feature bits not to offer: BIT(VIRTIO_F_RING_PACKED) gives drivers split rings */
    struct virtio_device device; /* class NULL: an empty slot, which answers magic, version and DeviceID 0 */
};

/* The device stays the caller's and must outlive the transport. NULL: out of memory. */
struct virtio_mmio *virtio_mmio_create(const struct virtio_mmio_config *config);
void virtio_mmio_destroy(struct virtio_mmio *mmio);
const struct device *virtio_mmio_device(const struct virtio_mmio *mmio);

/* Status, features and queues, for inspection. */
const struct virtio *virtio_mmio_core(const struct virtio_mmio *mmio);

#endif
