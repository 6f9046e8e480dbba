/* SPDX-License-Identifier: MIT */
#include "host/display/screen_words.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

enum { COLUMNS = 5, ROWS = 7, ADVANCE = 6 };

/* Rows from the top; the highest of the five bits is the left column. */
static const struct glyph {
    char letter;
    uint8_t rows[ROWS];
} glyphs[] = {
    {' ', {0}},
    {'a', {0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f}},
    {'c', {0x00, 0x00, 0x0e, 0x10, 0x10, 0x11, 0x0e}},
    {'d', {0x01, 0x01, 0x0d, 0x13, 0x11, 0x11, 0x0f}},
    {'e', {0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e}},
    {'g', {0x00, 0x0f, 0x11, 0x11, 0x0f, 0x01, 0x0e}},
    {'h', {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11}},
    {'i', {0x04, 0x00, 0x0c, 0x04, 0x04, 0x04, 0x0e}},
    {'n', {0x00, 0x00, 0x16, 0x19, 0x11, 0x11, 0x11}},
    {'o', {0x00, 0x00, 0x0e, 0x11, 0x11, 0x11, 0x0e}},
    {'r', {0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10}},
    {'s', {0x00, 0x00, 0x0f, 0x10, 0x0e, 0x01, 0x1e}},
    {'t', {0x08, 0x08, 0x1c, 0x08, 0x08, 0x09, 0x06}},
    {'u', {0x00, 0x00, 0x11, 0x11, 0x11, 0x13, 0x0d}},
    {'w', {0x00, 0x00, 0x11, 0x11, 0x15, 0x15, 0x0a}},
    {'y', {0x00, 0x00, 0x11, 0x11, 0x0f, 0x01, 0x0e}},
};

static const struct glyph *find(char letter)
{
    for (size_t i = 0; i < ARRAY_SIZE(glyphs); i++)
        if (glyphs[i].letter == letter)
            return &glyphs[i];
    return NULL;
}

bool screen_words_has(char letter)
{
    return find(letter) != NULL;
}

static bool is_set(const struct glyph *glyph, uint32_t x, uint32_t y)
{
    return x < COLUMNS && (glyph->rows[y] >> (COLUMNS - 1 - x) & 1) != 0;
}

void screen_words_draw(uint32_t *pixels, uint32_t width, uint32_t height, const char *text, uint32_t y, uint32_t scale,
                       uint32_t colour)
{
    uint32_t length = (uint32_t)strlen(text) * ADVANCE * scale;
    if (length > width || height < ROWS * scale || y > height - ROWS * scale)
        return;
    uint32_t left = (width - length) / 2;
    for (uint32_t row = 0; row < ROWS * scale; row++) {
        uint32_t *line = pixels + (size_t)(y + row) * width + left;
        for (uint32_t x = 0; x < length; x++) {
            const struct glyph *glyph = find(text[x / scale / ADVANCE]);
            if (glyph != NULL && is_set(glyph, x / scale % ADVANCE, row / scale))
                line[x] = colour;
        }
    }
}
