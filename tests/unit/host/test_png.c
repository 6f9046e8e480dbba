/* SPDX-License-Identifier: MIT */
/* What png_write makes is a PNG file of the very pixels that it was given. */
#include "host/display/png.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "host/picture.h"

#define ROOM (UINT64_C(1) << 24)

struct drawing {
    uint32_t width;
    unsigned kind; /* 0: flat, 1: noise */
    uint8_t *bytes;
    size_t count;
    size_t refused_from; /* bytes after which the sink refuses */
};

static uint32_t pixel(const struct drawing *drawing, uint32_t x, uint32_t y)
{
    uint64_t seed = (uint64_t)y * drawing->width + x;
    return drawing->kind == 0 ? 0x123456 : (uint32_t)splitmix_next(&seed);
}

static void give_row(void *owner, uint32_t y, uint32_t *pixels)
{
    const struct drawing *drawing = owner;
    for (uint32_t x = 0; x < drawing->width; x++)
        pixels[x] = pixel(drawing, x, y);
}

static bool take(void *owner, const void *bytes, size_t count, struct error *err)
{
    struct drawing *drawing = owner;
    if (drawing->count + count > drawing->refused_from)
        return error_set(err, "no room");
    memcpy(drawing->bytes + drawing->count, bytes, count);
    drawing->count += count;
    return true;
}

static bool write_it(struct drawing *drawing, uint32_t height, struct error *err)
{
    struct png_picture picture = {drawing->width, height, drawing, give_row};
    struct png_sink sink = {drawing, take};
    drawing->bytes = malloc(ROOM);
    assert_non_null(drawing->bytes);
    return png_write(&picture, &sink, err);
}

static void every_pixel_is_read_again(void **state)
{
    static const struct {
        uint32_t width, height;
        unsigned kind;
    } rows[] = {{1, 1, 0}, {1, 1, 1}, {3, 2, 1}, {1280, 800, 0}, {640, 480, 1}, {8192, 1, 1}, {1, 8192, 1}};
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct drawing drawing = {.width = rows[i].width, .kind = rows[i].kind, .refused_from = ROOM};
        struct error err = {""};
        assert_true(write_it(&drawing, rows[i].height, &err));
        struct picture picture = picture_read(drawing.bytes, drawing.count);
        assert_int_equal(picture.width, rows[i].width);
        assert_int_equal(picture.height, rows[i].height);
        for (uint32_t y = 0; y < picture.height; y++)
            for (uint32_t x = 0; x < picture.width; x++)
                assert_int_equal(picture.pixels[y * picture.width + x], pixel(&drawing, x, y) & 0xffffff);
        free(picture.pixels);
        free(drawing.bytes);
    }
}

static void what_the_sink_refuses_ends_the_picture(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 200; limit += 7) {
        struct drawing drawing = {.width = 64, .kind = 1, .refused_from = limit};
        struct error err = {""};
        assert_false(write_it(&drawing, 64, &err));
        assert_string_equal(err.text, "no room");
        free(drawing.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_is_read_again),
        cmocka_unit_test(what_the_sink_refuses_ends_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
