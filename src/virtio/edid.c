/* SPDX-License-Identifier: MIT */
#include "virtio/edid.h"

#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"

enum {
    AT_MAKER = 8,
    AT_SERIAL = 12,
    AT_YEAR = 17,
    AT_VERSION = 18,
    AT_INPUT = 20,
    AT_SIZE = 21,
    AT_GAMMA = 23,
    AT_FEATURES = 24,
    AT_COLOURS = 25,
    AT_ESTABLISHED = 35,
    AT_STANDARD = 38,
    AT_DESCRIPTORS = 54,
    AT_CHECKSUM = 127
};

#define DESCRIPTOR_BYTES 18u
#define REFRESH 60u
#define PIXELS_PER_INCH 96u

/* A common size, and the number that stands for its ratio. */
struct standard {
    uint16_t width;
    uint8_t ratio;
};
enum { RATIO_16_10, RATIO_4_3, RATIO_5_4, RATIO_16_9 };

static const struct standard standards[8] = {
    {1280, RATIO_16_9}, {1280, RATIO_16_10}, {1280, RATIO_5_4},  {1440, RATIO_16_10},
    {1600, RATIO_4_3},  {1680, RATIO_16_10}, {1920, RATIO_16_9}, {1920, RATIO_16_10},
};

static uint32_t millimetres(uint32_t pixels)
{
    return pixels * 254 / (10 * PIXELS_PER_INCH);
}

/* Three letters of five bits each, A is 1. */
static void put_maker(uint8_t *edid)
{
    static const char name[] = "MVM";
    unsigned word = (unsigned)(name[0] - '@') << 10 | (unsigned)(name[1] - '@') << 5 | (unsigned)(name[2] - '@');
    edid[AT_MAKER] = (uint8_t)(word >> 8);
    edid[AT_MAKER + 1] = (uint8_t)word;
}

static void put_head(uint8_t *edid, uint32_t width, uint32_t height, unsigned number)
{
    static const uint8_t magic[] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    static const uint8_t srgb[] = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};
    memcpy(edid, magic, sizeof magic);
    put_maker(edid);
    little_put(edid + AT_SERIAL, 4, number + 1);
    edid[AT_YEAR] = 2024 - 1990;
    edid[AT_VERSION] = 1;
    edid[AT_VERSION + 1] = 4;
    edid[AT_INPUT] = 0xa0; /* digital, 8 bits a colour */
    edid[AT_SIZE] = (uint8_t)((millimetres(width) + 9) / 10);
    edid[AT_SIZE + 1] = (uint8_t)((millimetres(height) + 9) / 10);
    edid[AT_GAMMA] = 220 - 100;
    edid[AT_FEATURES] = 0x06; /* sRGB; the first timing is the monitor's own */
    memcpy(edid + AT_COLOURS, srgb, sizeof srgb);
}

static void put_modes(uint8_t *edid)
{
    edid[AT_ESTABLISHED] = 0x21;     /* 640x480, 800x600 */
    edid[AT_ESTABLISHED + 1] = 0x08; /* 1024x768 */
    for (unsigned i = 0; i < ARRAY_SIZE(standards); i++) {
        edid[AT_STANDARD + 2 * i] = (uint8_t)(standards[i].width / 8 - 31);
        edid[AT_STANDARD + 2 * i + 1] = (uint8_t)(standards[i].ratio << 6 | (REFRESH - 60));
    }
}

/* Blanks as in VESA's reduced-blanking formula: nobody sweeps a beam. The clock has 16 bits of 10 kHz: what is too large for
 * it is refreshed less often. */
static void put_timing(uint8_t *d, uint32_t width, uint32_t height)
{
    enum { H_BLANK = 160, H_FRONT = 48, H_SYNC = 32, V_BLANK = 40, V_FRONT = 3, V_SYNC = 6 };
    uint32_t clock = (width + H_BLANK) * (height + V_BLANK) * REFRESH / 10000;
    little_put(d, 2, clock < 0xffff ? clock : 0xffff);
    d[2] = (uint8_t)width;
    d[3] = H_BLANK;
    d[4] = (uint8_t)(width >> 8 << 4 | H_BLANK >> 8);
    d[5] = (uint8_t)height;
    d[6] = V_BLANK;
    d[7] = (uint8_t)(height >> 8 << 4 | V_BLANK >> 8);
    d[8] = H_FRONT;
    d[9] = H_SYNC;
    d[10] = V_FRONT << 4 | V_SYNC;
    d[12] = (uint8_t)millimetres(width);
    d[13] = (uint8_t)millimetres(height);
    d[14] = (uint8_t)(millimetres(width) >> 8 << 4 | millimetres(height) >> 8);
    d[17] = 0x1a; /* digital, separate syncs, as in the formula */
}

/* A descriptor that is no timing: its kind, then its data. */
static void put_descriptor(uint8_t *d, uint8_t kind, const char *data, size_t count)
{
    d[3] = kind;
    memcpy(d + 5, data, count);
}

void edid_make(uint8_t edid[EDID_BYTES], uint32_t width, uint32_t height, unsigned number)
{
    /* From 24 to 125 Hz and from 30 to 160 kHz, up to 660 MHz; no formula. */
    static const char ranges[] = {24, 125, 30, (char)160, 66, 1, '\n', ' ', ' ', ' ', ' ', ' ', ' '};
    enum { NAME = 0xfc, RANGES = 0xfd, DUMMY = 0x10 };
    uint8_t *descriptors = edid + AT_DESCRIPTORS, sum = 0;
    memset(edid, 0, EDID_BYTES);
    put_head(edid, width, height, number);
    put_modes(edid);
    put_timing(descriptors, width, height);
    put_descriptor(descriptors + DESCRIPTOR_BYTES, RANGES, ranges, sizeof ranges);
    put_descriptor(descriptors + 2 * DESCRIPTOR_BYTES, NAME, "microvm\n     ", 13);
    put_descriptor(descriptors + 3 * DESCRIPTOR_BYTES, DUMMY, "", 0);
    for (unsigned i = 0; i < AT_CHECKSUM; i++)
        sum = (uint8_t)(sum + edid[i]);
    edid[AT_CHECKSUM] = (uint8_t)-sum;
}
