/* SPDX-License-Identifier: MIT */
/* Each format has functions of its own, in which the places of its colours are constants: a full screen is drawn many times
 * a second, and CMakeLists.txt has loops become vector instructions here. */
#include "virtio/gpu_format.h"

#include "base/compiler.h"

#define OPAQUE 0xff000000u

ALWAYS_INLINE uint32_t channel(uint32_t word, int at, unsigned to)
{
    return (word >> at & 0xff) << to;
}

ALWAYS_INLINE uint32_t pixel(uint32_t word, int red, int green, int blue)
{
    return channel(word, red, 16) | channel(word, green, 8) | channel(word, blue, 0);
}

#define FORMAT(name, number, red, green, blue, alpha)                                                                  \
    static void to_colours_##name(uint32_t *to, const uint32_t *from, size_t count)                                    \
    {                                                                                                                  \
        for (size_t i = 0; i < count; i++)                                                                             \
            to[i] = pixel(from[i], red, green, blue);                                                                  \
    }                                                                                                                  \
    static void to_image_##name(uint32_t *to, const uint32_t *from, size_t count)                                      \
    {                                                                                                                  \
        for (size_t i = 0; i < count; i++)                                                                             \
            to[i] = pixel(from[i], red, green, blue) |                                                                 \
                    ((alpha) < 0 ? OPAQUE : channel(from[i], (alpha) < 0 ? 0 : (alpha), 24));                          \
    }
#include "virtio/gpu_format.def"
#undef FORMAT

static const struct gpu_format formats[] = {
#define FORMAT(name, number, red, green, blue, alpha) {#name, number, to_colours_##name, to_image_##name},
#include "virtio/gpu_format.def"
#undef FORMAT
};

const struct gpu_format *gpu_format_find(uint32_t number)
{
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++)
        if (formats[i].number == number)
            return &formats[i];
    return NULL;
}
