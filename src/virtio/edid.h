/* SPDX-License-Identifier: MIT */
/* What a monitor tells of itself: a block of VESA's Extended Display Identification Data, version 1.4. Owns nothing. */
#ifndef MICROVM_VIRTIO_EDID_H
#define MICROVM_VIRTIO_EDID_H

#include <stdint.h>

#define EDID_BYTES 128u
/* The block has no more bits for a width or height. */
#define EDID_SIZE_LIMIT 4095u

/* The monitor's own size is the preferred one; the usual ones besides. number: of the monitor. */
void edid_make(uint8_t edid[EDID_BYTES], uint32_t width, uint32_t height, unsigned number);

#endif
