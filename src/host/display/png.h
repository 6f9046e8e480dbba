/* SPDX-License-Identifier: MIT */
/* Pictures as PNG files (RFC 2083), of 8 bits each for red, green and blue. Owns nothing: the bytes go where the caller says. */
#ifndef MICROVM_HOST_DISPLAY_PNG_H
#define MICROVM_HOST_DISPLAY_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct png_picture {
    uint32_t width, height; /* neither is 0, nor above PNG_LIMIT */
    void *owner;
    /* Gives the pixels of a row, words 0x__RRGGBB. Called for each row once, from the top. */
    void (*row)(void *owner, uint32_t y, uint32_t *pixels);
};
#define PNG_LIMIT 65536u

#define PNG_SIGNATURE_BYTES 8u
/* Whether these are the bytes that a PNG file begins with. */
bool png_is_signature(const uint8_t *bytes, size_t count);

struct png_sink {
    void *owner;
    bool (*write)(void *owner, const void *bytes, size_t count, struct error *err);
};

/* False: out of memory, or the sink refused. */
bool png_write(const struct png_picture *picture, const struct png_sink *sink, struct error *err);

#endif
