/* SPDX-License-Identifier: MIT */
/* Capitals, digits and signs in 8x8 pixels: a byte for each row, its highest bit is the left pixel. What has no glyph is blank. */
#ifndef FONT_H
#define FONT_H

#include <stdint.h>

extern const uint8_t font[128][8];

#endif
