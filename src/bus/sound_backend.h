/* SPDX-License-Identifier: MIT */
/* Between a sound card and what it sounds on: interleaved little-endian samples, as bytes that are valid during the call alone. Owns
 * nothing. */
#ifndef MICROVM_BUS_SOUND_BACKEND_H
#define MICROVM_BUS_SOUND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sound_sample { SOUND_U8, SOUND_S16, SOUND_S32, SOUND_FLOAT, SOUND_SAMPLES };
enum sound_direction { SOUND_OUTPUT, SOUND_INPUT, SOUND_DIRECTIONS };
#define SOUND_CHANNELS 2u

struct sound_format {
    enum sound_sample sample;
    uint32_t channels; /* 1 to SOUND_CHANNELS */
    uint32_t rate;     /* frames in a second */
};

static inline uint32_t sound_frame_bytes(const struct sound_format *format)
{
    static const uint8_t sample_bytes[SOUND_SAMPLES] = {
        [SOUND_U8] = 1, [SOUND_S16] = 2, [SOUND_S32] = 4, [SOUND_FLOAT] = 4};
    return sample_bytes[format->sample] * format->channels;
}

/* What silence is made of. */
static inline uint8_t sound_silence(const struct sound_format *format)
{
    return format->sample == SOUND_U8 ? 0x80 : 0;
}

static inline bool sound_formats_agree(const struct sound_format *a, const struct sound_format *b)
{
    return a->sample == b->sample && a->channels == b->channels && a->rate == b->rate;
}

/* Counts are whole frames. */
struct sound_backend {
    void *owner;
    void (*start)(void *owner, enum sound_direction direction, const struct sound_format *format);
    void (*stop)(void *owner, enum sound_direction direction);
    /* What has just been played. */
    void (*play)(void *owner, const uint8_t *bytes, size_t count);
    /* What has been recorded meanwhile; less than count if the rest is silence. */
    size_t (*capture)(void *owner, uint8_t *bytes, size_t count);
};

#endif
