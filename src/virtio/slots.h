/* SPDX-License-Identifier: MIT */
/* Where the virtio-mmio slots are, and what a device tree says of one that has a device (VirtIO 1.3 4.2.1). */
#ifndef MICROVM_VIRTIO_SLOTS_H
#define MICROVM_VIRTIO_SLOTS_H

#include <stdint.h>

/* The compatible string of a slot's node, and the name before its unit address. */
#define VIRTIO_SLOT_COMPATIBLE "virtio,mmio"
#define VIRTIO_SLOT_NODE "virtio_mmio"

/* The slots that the documented map names come first; 15 more disks follow, then what there is one of, the shared folders (8)
 * and more cards (7). */
enum virtio_slot_id {
    VIRTIO_SLOT_BLOCK,
    VIRTIO_SLOT_CONSOLE,
    VIRTIO_SLOT_RNG,
    VIRTIO_SLOT_NET,
    VIRTIO_SLOT_FURTHER,
    /* Up to here the slots of QEMU's board, where a guest without a device tree looks for devices. */
    VIRTIO_SLOT_PROBED = 7,
    VIRTIO_SLOT_GPU = VIRTIO_SLOT_FURTHER + 15,
    VIRTIO_SLOT_KEYBOARD,
    VIRTIO_SLOT_TABLET,
    VIRTIO_SLOT_SOUND,
    VIRTIO_SLOT_BALLOON,
    VIRTIO_SLOT_VSOCK,
    VIRTIO_SLOT_SHARE,
    VIRTIO_SLOT_NET_FURTHER = VIRTIO_SLOT_SHARE + 8,
    VIRTIO_SLOT_COUNT = VIRTIO_SLOT_NET_FURTHER + 7
};

struct virtio_slot {
    uint64_t base;
    uint64_t size;
    unsigned irq; /* source at the PLIC */
};

/* slot below VIRTIO_SLOT_COUNT. */
struct virtio_slot virtio_slot(unsigned slot);

#endif
