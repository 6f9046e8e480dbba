/* SPDX-License-Identifier: MIT */
/* A PNG file read again, by a reader of its own: chunks, checksums, one compressed stream. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_HOST_PICTURE_H
#define MICROVM_TESTS_HOST_PICTURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct picture {
    uint32_t width, height;
    uint32_t *pixels; /* words 0x00RRGGBB */
};

static inline uint32_t picture_big(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Takes the rows out of what was compressed. */
static inline void picture_unpack(struct picture *picture, const uint8_t *packed, size_t count)
{
    size_t row = 1 + 3 * (size_t)picture->width;
    uLongf bytes = row * picture->height;
    uint8_t *raw = malloc(bytes);
    assert_non_null(raw);
    assert_int_equal(uncompress(raw, &bytes, packed, count), Z_OK);
    assert_int_equal(bytes, row * picture->height);
    picture->pixels = calloc((size_t)picture->width * picture->height, sizeof *picture->pixels);
    for (uint32_t y = 0; y < picture->height; y++) {
        assert_int_equal(raw[y * row], 0);
        for (uint32_t x = 0; x < picture->width; x++) {
            const uint8_t *pixel = raw + y * row + 1 + 3 * x;
            picture->pixels[y * picture->width + x] = (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
        }
    }
    free(raw);
}

static inline struct picture picture_read(const uint8_t *bytes, size_t count)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    struct picture picture = {0};
    uint8_t *packed = malloc(count);
    size_t packed_bytes = 0, at = sizeof signature;
    bool ended = false;
    assert_true(count > sizeof signature && memcmp(bytes, signature, sizeof signature) == 0);
    while (at < count) {
        assert_true(count - at >= 12 && !ended);
        uint32_t length = picture_big(bytes + at);
        const uint8_t *name = bytes + at + 4, *data = bytes + at + 8;
        assert_true(length <= count - at - 12);
        assert_int_equal(crc32(0, name, length + 4), picture_big(data + length));
        if (memcmp(name, "IHDR", 4) == 0) {
            assert_true(at == sizeof signature && length == 13);
            picture.width = picture_big(data);
            picture.height = picture_big(data + 4);
            assert_memory_equal(data + 8, "\x08\x02\0\0\0", 5);
        } else if (memcmp(name, "IDAT", 4) == 0) {
            memcpy(packed + packed_bytes, data, length);
            packed_bytes += length;
        } else {
            assert_memory_equal(name, "IEND", 4);
            ended = true;
        }
        at += 12 + length;
    }
    assert_true(ended);
    picture_unpack(&picture, packed, packed_bytes);
    free(packed);
    return picture;
}

static inline struct picture picture_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t count = (size_t)ftell(file);
    uint8_t *bytes = malloc(count);
    rewind(file);
    assert_int_equal(fread(bytes, 1, count, file), count);
    fclose(file);
    struct picture picture = picture_read(bytes, count);
    free(bytes);
    return picture;
}

#endif
