/* SPDX-License-Identifier: MIT */
/* The forms that a pixel may have in a guest's picture (gpu_format.def). Owns nothing. */
#ifndef MICROVM_VIRTIO_GPU_FORMAT_H
#define MICROVM_VIRTIO_GPU_FORMAT_H

#include <stddef.h>
#include <stdint.h>

struct gpu_format {
    const char *name;
    uint32_t number;
    /* Make words 0x00RRGGBB, or 0xAARRGGBB: without alpha all is opaque. from: words as the guest has them. */
    void (*to_colours)(uint32_t *to, const uint32_t *from, size_t count);
    void (*to_image)(uint32_t *to, const uint32_t *from, size_t count);
};

/* NULL: there is none of this number. */
const struct gpu_format *gpu_format_find(uint32_t number);

#endif
