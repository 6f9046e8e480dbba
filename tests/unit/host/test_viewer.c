/* SPDX-License-Identifier: MIT */
#include "host/display/viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "host/display/screen_words.h"

struct fixture {
    struct display *display;
    struct display_viewer *viewer;
    struct viewer_picture *picture;
};

static void ignore(void *owner)
{
    (void)owner;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->display = display_create(0);
    f->viewer = display_attach(f->display, ignore, NULL);
    f->picture = viewer_picture_create();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    viewer_picture_destroy(f->picture);
    display_detach(f->viewer);
    display_destroy(f->display);
    free(f);
    return 0;
}

static void fill(struct display *display, struct display_rect rect, uint32_t colour)
{
    size_t stride;
    uint32_t *pixels = display_begin_drawing(display, &rect, &stride);
    for (uint32_t y = 0; y < rect.height; y++)
        for (uint32_t x = 0; x < rect.width; x++)
            pixels[y * stride + x] = colour;
    display_end_drawing(display);
}

static struct viewer_news follow(struct fixture *f)
{
    struct viewer_news news;
    viewer_picture_follow(f->picture, f->viewer, &news);
    return news;
}

static void a_screen_that_is_off_has_words_on_it(void **state)
{
    struct fixture *f = *state;
    struct viewer_news news = follow(f);
    unsigned lit = 0;
    assert_int_equal(f->picture->width, VIEWER_OFF_WIDTH);
    assert_int_equal(news.changed.width, VIEWER_OFF_WIDTH);
    for (size_t i = 0; i < VIEWER_OFF_WIDTH * VIEWER_OFF_HEIGHT; i++)
        lit += f->picture->pixels[i] != 0;
    assert_true(lit > 100);
    assert_int_equal(follow(f).changed.width, 0);
}

static void the_picture_follows_what_is_drawn(void **state)
{
    struct fixture *f = *state;
    follow(f);
    display_set_size(f->display, 10, 8);
    assert_true(follow(f).resized);
    assert_int_equal(f->picture->pixels[33], 0);
    fill(f->display, (struct display_rect){3, 3, 2, 1}, 0xabcdef);
    struct viewer_news news = follow(f);
    assert_false(news.resized);
    assert_int_equal(news.changed.x, 3);
    assert_int_equal(news.changed.width, 2);
    assert_int_equal(f->picture->pixels[33], 0xabcdef);
    assert_int_equal(f->picture->pixels[34], 0xabcdef);
    assert_int_equal(f->picture->pixels[35], 0);
}

static void a_picture_that_grows_shrinks_and_goes_is_right(void **state)
{
    struct fixture *f = *state;
    static const uint32_t sizes[][2] = {{4, 4}, {64, 32}, {8, 100}, {1, 1}};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        display_set_size(f->display, sizes[i][0], sizes[i][1]);
        fill(f->display, (struct display_rect){0, 0, sizes[i][0], sizes[i][1]}, i + 1);
        assert_true(follow(f).resized);
        assert_int_equal(f->picture->width, sizes[i][0]);
        assert_int_equal(f->picture->pixels[sizes[i][0] * sizes[i][1] - 1], i + 1);
    }
    display_set_size(f->display, 0, 0);
    assert_true(follow(f).resized);
    assert_true(f->picture->off);
    assert_int_equal(f->picture->width, VIEWER_OFF_WIDTH);
}

static void the_cursor_comes_with_its_image_and_its_place(void **state)
{
    struct fixture *f = *state;
    uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE] = {0xff123456};
    follow(f);
    display_set_size(f->display, 100, 100);
    display_set_cursor(f->display, image, 5, 6);
    assert_true(follow(f).cursor_changed);
    assert_true(f->picture->has_cursor);
    assert_int_equal(f->picture->cursor[0], 0xff123456);
    assert_int_equal(f->picture->hot_y, 6);
    display_move_cursor(f->display, -3, 7);
    struct viewer_news news = follow(f);
    assert_true(news.cursor_moved && !news.cursor_changed);
    assert_int_equal(f->picture->cursor_x, -3);
    display_set_cursor(f->display, NULL, 0, 0);
    assert_true(follow(f).cursor_changed);
    assert_false(f->picture->has_cursor);
}

struct watched {
    struct viewer_gate gate;
    struct viewer viewer;
};

static void look(struct watched *w, struct fixture *f)
{
    const struct viewer_parts parts = {.queue = input_queue_create()};
    *w = (struct watched){.viewer.attached = f->viewer};
    viewer_gate_init(&w->gate, &parts);
    assert_true(viewer_prepare(&w->viewer, &w->gate));
}

static void look_away(struct watched *w)
{
    viewer_dispose(&w->viewer);
    input_queue_destroy(w->gate.parts.queue);
    viewer_gate_destroy(&w->gate);
}

static void a_viewer_hears_of_no_cursor_before_the_guests_first(void **state)
{
    struct fixture *f = *state;
    uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE] = {0xff123456};
    struct watched w;
    struct viewer_news news;
    look(&w, f);
    display_set_size(f->display, 100, 100);
    display_set_cursor(f->display, NULL, 0, 0);
    assert_true(viewer_follow(&w.viewer, &news) && !news.cursor_changed);
    display_set_cursor(f->display, image, 0, 0);
    assert_true(viewer_follow(&w.viewer, &news) && news.cursor_changed);
    display_set_cursor(f->display, NULL, 0, 0);
    assert_true(viewer_follow(&w.viewer, &news) && news.cursor_changed);
    look_away(&w);
}

static void nothing_passes_a_gate_that_is_shut(void **state)
{
    struct fixture *f = *state;
    const struct input_event key = {.kind = INPUT_KEY, .code = 30, .value = 1};
    struct input_event taken;
    struct watched w;
    struct viewer_news news;
    look(&w, f);
    viewer_gate_put(&w.gate, &key);
    assert_true(input_queue_take(w.gate.parts.queue, &taken));
    w.viewer.has_news = true;
    atomic_store(&w.gate.shut, true);
    assert_false(viewer_gate_enter(&w.gate));
    viewer_gate_put(&w.gate, &key);
    viewer_gate_release_all(&w.gate);
    assert_false(input_queue_take(w.gate.parts.queue, &taken));
    assert_false(viewer_follow(&w.viewer, &news));
    assert_false(w.viewer.has_news);
    look_away(&w);
}

static void a_viewer_never_waits_too_short(void **state)
{
    (void)state;
    assert_int_equal(viewer_patience(VIEWER_NEVER, 5), -1);
    assert_int_equal(viewer_patience(5, 5), 0);
    assert_int_equal(viewer_patience(6, 5), 1);
    assert_int_equal(viewer_patience(2000000, 0), 3);
}

static void a_guest_finds_the_pointer_in_the_pixel_that_was_meant(void **state)
{
    (void)state;
    for (uint32_t pixels = 1; pixels <= DISPLAY_LIMIT; pixels += pixels < 70 ? 1 : 1013)
        for (uint32_t pixel = 0; pixel < pixels; pixel++) {
            uint32_t at = viewer_pointer(pixel, pixels);
            assert_true(at <= INPUT_POINTER_MAX);
            assert_int_equal((uint64_t)at * pixels / (INPUT_POINTER_MAX + 1), pixel);
        }
    assert_int_equal(viewer_pointer(900, 800), viewer_pointer(799, 800));
}

static void words_have_letters_and_stay_in_the_picture(void **state)
{
    uint32_t pixels[30 * 10] = {0};
    (void)state;
    for (const char *c = "the guest has not switched this screen on yet"; *c != '\0'; c++)
        assert_true(screen_words_has(*c));
    assert_false(screen_words_has('!'));
    screen_words_draw(pixels, 30, 10, "the guest", 0, 1, 1);
    screen_words_draw(pixels, 30, 10, "the", 4, 1, 1);
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(pixels[i], 0);
    screen_words_draw(pixels, 30, 10, "the", 3, 1, 1);
    assert_int_equal(pixels[9 * 30 + 6 + 6], 1); /* the h's foot */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_screen_that_is_off_has_words_on_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_picture_follows_what_is_drawn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picture_that_grows_shrinks_and_goes_is_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_comes_with_its_image_and_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_viewer_hears_of_no_cursor_before_the_guests_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_passes_a_gate_that_is_shut, set_up, tear_down),
        cmocka_unit_test(a_viewer_never_waits_too_short),
        cmocka_unit_test(a_guest_finds_the_pointer_in_the_pixel_that_was_meant),
        cmocka_unit_test(words_have_letters_and_stay_in_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
