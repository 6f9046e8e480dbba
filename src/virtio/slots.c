/* SPDX-License-Identifier: MIT */
/* QEMU's virt board has eight slots from 0x10001000 on, with PLIC sources 1 to 8; the place of the fifth is taken by
 * the clock's alias. Ours go on behind them, with the sources behind those of the board's other devices. */
#include "virtio/slots.h"

#include "virtio/transport_mmio.h"

#define FIRST_BASE UINT64_C(0x10001000)
#define TAKEN 4u
#define FIRST_OWN_IRQ 12u

struct virtio_slot virtio_slot(unsigned slot)
{
    unsigned place = slot < TAKEN ? slot : slot + 1;
    return (struct virtio_slot){
        .base = FIRST_BASE + place * VIRTIO_MMIO_SIZE,
        .size = VIRTIO_MMIO_SIZE,
        .irq = slot < VIRTIO_SLOT_PROBED ? 1 + place : FIRST_OWN_IRQ + slot - VIRTIO_SLOT_PROBED,
    };
}
