/* SPDX-License-Identifier: MIT */
/* A screen: what is drawn is what viewers see, each is told once until it looks, and pictures hold the same. */
#include "host/display/display.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/picture.h"

struct rig {
    struct display *display;
    struct display_viewer *viewer;
    struct display_look look;
    unsigned told;
};

static void on_change(void *owner)
{
    ((struct rig *)owner)->told++;
}

static void look(struct rig *rig)
{
    display_begin_look(rig->viewer, &rig->look);
    display_end_look(rig->viewer);
}

/* A screen of 40 x 30 whose viewer has seen it. */
static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->display = display_create(0);
    assert_true(display_set_size(rig->display, 40, 30));
    rig->viewer = display_attach(rig->display, on_change, rig);
    look(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    display_detach(rig->viewer);
    display_destroy(rig->display);
    free(rig);
    return 0;
}

static void fill(struct display *display, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour)
{
    size_t stride;
    struct display_rect rect = {x, y, width, height};
    uint32_t *pixels = display_begin_drawing(display, &rect, &stride);
    for (uint32_t row = 0; row < height; row++)
        for (uint32_t column = 0; column < width; column++)
            pixels[row * stride + column] = colour;
    display_end_drawing(display);
}

static void expect_changed(const struct rig *rig, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    assert_int_equal(rig->look.changed.width, width);
    assert_int_equal(rig->look.changed.height, height);
    assert_int_equal(rig->look.changed.x, x);
    assert_int_equal(rig->look.changed.y, y);
}

static void a_viewer_sees_what_is_drawn(void **state)
{
    struct rig *rig = *state;
    fill(rig->display, 3, 4, 5, 6, 0xabcdef);
    look(rig);
    expect_changed(rig, 3, 4, 5, 6);
    for (uint32_t y = 0; y < 30; y++)
        for (uint32_t x = 0; x < 40; x++)
            assert_int_equal(rig->look.pixels[y * 40 + x], x >= 3 && x < 8 && y >= 4 && y < 10 ? 0xabcdef : 0);
}

static void it_is_told_once_until_it_looks(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(rig->told, 0);
    fill(rig->display, 0, 0, 2, 2, 1);
    fill(rig->display, 10, 20, 3, 4, 1);
    assert_int_equal(rig->told, 1);
    look(rig);
    expect_changed(rig, 0, 0, 13, 24);
    look(rig);
    assert_int_equal(rig->look.changed.width, 0);
    fill(rig->display, 39, 29, 1, 1, 1);
    assert_int_equal(rig->told, 2);
    look(rig);
    expect_changed(rig, 39, 29, 1, 1);
}

static void drawing_nothing_tells_nobody(void **state)
{
    struct rig *rig = *state;
    fill(rig->display, 40, 30, 0, 0, 1);
    fill(rig->display, 0, 0, 0, 5, 1);
    assert_int_equal(rig->told, 0);
}

static void the_first_look_finds_everything_new(void **state)
{
    struct rig *rig = *state;
    struct rig second = {.display = rig->display};
    second.viewer = display_attach(rig->display, on_change, &second);
    look(&second);
    assert_true(second.look.resized && second.look.cursor_changed);
    expect_changed(&second, 0, 0, 40, 30);
    assert_int_equal(second.told, 0);
    display_detach(second.viewer);
}

static void each_viewer_has_its_own_changes(void **state)
{
    struct rig *rig = *state;
    struct rig second = {.display = rig->display};
    second.viewer = display_attach(rig->display, on_change, &second);
    look(&second);
    fill(rig->display, 1, 1, 1, 1, 5);
    look(rig);
    fill(rig->display, 5, 5, 1, 1, 5);
    look(rig);
    expect_changed(rig, 5, 5, 1, 1);
    look(&second);
    expect_changed(&second, 1, 1, 5, 5);
    assert_int_equal(rig->told, 2);
    assert_int_equal(second.told, 1);
    display_detach(second.viewer);
}

static void another_size_is_a_black_picture(void **state)
{
    struct rig *rig = *state;
    fill(rig->display, 0, 0, 40, 30, 7);
    look(rig);
    assert_true(display_set_size(rig->display, 50, 20));
    assert_int_equal(rig->told, 2);
    look(rig);
    assert_true(rig->look.resized);
    assert_int_equal(rig->look.width, 50);
    assert_int_equal(rig->look.height, 20);
    expect_changed(rig, 0, 0, 50, 20);
    for (unsigned i = 0; i < 50 * 20; i++)
        assert_int_equal(rig->look.pixels[i], 0);
    look(rig);
    assert_false(rig->look.resized);
}

static void the_same_size_changes_nothing(void **state)
{
    struct rig *rig = *state;
    fill(rig->display, 0, 0, 40, 30, 7);
    look(rig);
    assert_true(display_set_size(rig->display, 40, 30));
    assert_int_equal(rig->told, 1);
    look(rig);
    assert_false(rig->look.resized);
    assert_int_equal(rig->look.pixels[0], 7);
}

static void a_screen_without_size_is_off(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    assert_true(display_set_size(rig->display, 0, 0));
    look(rig);
    assert_true(rig->look.resized);
    assert_int_equal(rig->look.width, 0);
    assert_int_equal(rig->look.height, 0);
    assert_int_equal(rig->look.changed.width, 0);
    assert_false(display_save_png(rig->display, "/nonexistent/picture.png", false, &err));
    assert_string_equal(err.text, "screen 0 is off: the guest has not switched it on");
}

static void a_size_above_the_limit_switches_off(void **state)
{
    struct rig *rig = *state;
    assert_false(display_set_size(rig->display, DISPLAY_LIMIT + 1, 1));
    look(rig);
    assert_int_equal(rig->look.width, 0);
    assert_false(display_set_size(rig->display, 1, UINT32_MAX));
    assert_true(display_set_size(rig->display, DISPLAY_LIMIT, 1));
}

static void the_cursor_is_seen_and_its_image_only_when_new(void **state)
{
    static uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE];
    struct rig *rig = *state;
    image[65] = 0xff112233;
    display_move_cursor(rig->display, 4, 5);
    assert_int_equal(rig->told, 0); /* there is none yet */
    display_set_cursor(rig->display, image, 1, 2);
    assert_int_equal(rig->told, 1);
    look(rig);
    assert_true(rig->look.cursor_changed && rig->look.has_cursor);
    assert_int_equal(rig->look.hot_x, 1);
    assert_int_equal(rig->look.hot_y, 2);
    assert_int_equal(rig->look.cursor_x, 4);
    assert_int_equal(rig->look.cursor[65], 0xff112233);
    display_move_cursor(rig->display, -3, 6);
    assert_int_equal(rig->told, 2);
    display_move_cursor(rig->display, -3, 6);
    look(rig);
    assert_false(rig->look.cursor_changed);
    assert_int_equal(rig->look.cursor_x, -3);
    display_set_cursor(rig->display, NULL, 0, 0);
    look(rig);
    assert_true(rig->look.cursor_changed && !rig->look.has_cursor);
}

static void refresh(void *owner, struct display *display)
{
    unsigned *count = owner;
    assert_true(display_set_size(display, 8, 8));
    fill(display, 0, 0, 8, 8, ++*count);
}

static void a_source_draws_when_it_is_asked(void **state)
{
    struct rig *rig = *state;
    unsigned count = 0;
    assert_false(display_has_source(rig->display));
    display_refresh(rig->display);
    display_set_source(rig->display, &(struct display_source){&count, refresh});
    assert_int_equal(count, 0);
    assert_true(display_has_source(rig->display));
    display_refresh(rig->display);
    look(rig);
    assert_int_equal(rig->look.width, 8);
    assert_int_equal(rig->look.pixels[63], 1);
    display_set_source(rig->display, NULL);
    display_refresh(rig->display);
    assert_int_equal(count, 1);
}

static void a_row_that_is_there_already_tells_nobody(void **state)
{
    struct rig *rig = *state;
    uint32_t row[40] = {[7] = 0xff112233};
    display_put_row(rig->display, 9, row);
    assert_int_equal(rig->told, 1);
    look(rig);
    expect_changed(rig, 0, 9, 40, 1);
    assert_int_equal(rig->look.pixels[9 * 40 + 7], 0x112233);
    row[7] = 0x00112233;
    display_put_row(rig->display, 9, row);
    assert_int_equal(rig->told, 1);
}

static void it_is_watched_while_somebody_is_attached(void **state)
{
    struct rig *rig = *state;
    assert_true(display_is_watched(rig->display));
    display_detach(rig->viewer);
    rig->viewer = NULL;
    assert_false(display_is_watched(rig->display));
}

/* Pictures. */

static struct picture save(struct rig *rig, bool cursor)
{
    char folder[] = "/tmp/microvm-display-XXXXXX", path[64];
    struct error err = {""};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/picture.png", folder);
    if (!display_save_png(rig->display, path, cursor, &err))
        fail_msg("%s", err.text);
    struct picture picture = picture_read_file(path);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    return picture;
}

static void a_picture_has_the_pixels_of_the_screen(void **state)
{
    struct rig *rig = *state;
    fill(rig->display, 3, 4, 5, 6, 0xabcdef);
    struct picture picture = save(rig, true);
    assert_int_equal(picture.width, 40);
    assert_int_equal(picture.height, 30);
    for (uint32_t y = 0; y < 30; y++)
        for (uint32_t x = 0; x < 40; x++)
            assert_int_equal(picture.pixels[y * 40 + x], x >= 3 && x < 8 && y >= 4 && y < 10 ? 0xabcdef : 0);
    free(picture.pixels);
}

/* The image's top left corner has all of alpha, half and none; its point is (1, 1). */
static void a_cursor_is_drawn_where_its_point_is(void **state)
{
    static uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE];
    struct rig *rig = *state;
    image[0] = 0xff0000ff;
    image[1] = 0x80ff0000;
    image[2] = 0x00ffffff;
    fill(rig->display, 0, 0, 40, 30, 0x00ff00);
    display_set_cursor(rig->display, image, 1, 1);
    display_move_cursor(rig->display, 11, 21);
    struct picture picture = save(rig, true);
    assert_int_equal(picture.pixels[20 * 40 + 10], 0x0000ff);
    assert_int_equal(picture.pixels[20 * 40 + 11], 0x807f00);
    assert_int_equal(picture.pixels[20 * 40 + 12], 0x00ff00);
    free(picture.pixels);
    picture = save(rig, false);
    assert_int_equal(picture.pixels[20 * 40 + 10], 0x00ff00);
    free(picture.pixels);
}

static void a_single_pixel_is_the_pictures_without_the_cursor(void **state)
{
    static uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE] = {0xff0000ff};
    struct rig *rig = *state;
    uint32_t colour = 1;
    fill(rig->display, 39, 29, 1, 1, 0xffabcdef);
    display_set_cursor(rig->display, image, 0, 0);
    display_move_cursor(rig->display, 39, 29);
    assert_true(display_pixel(rig->display, 39, 29, &colour));
    assert_int_equal(colour, 0xabcdef);
    assert_true(display_pixel(rig->display, 38, 29, &colour));
    assert_int_equal(colour, 0);
    assert_false(display_pixel(rig->display, 40, 29, &colour));
    assert_false(display_pixel(rig->display, 39, 30, &colour));
    display_set_size(rig->display, 0, 0);
    assert_false(display_pixel(rig->display, 0, 0, &colour));
}

static void a_cursor_beside_the_picture_is_cut(void **state)
{
    static uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE];
    static const int32_t places[] = {INT32_MIN, -64, -63, -1, 0, 29, 30, 39, 40, INT32_MAX};
    struct rig *rig = *state;
    for (unsigned i = 0; i < DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE; i++)
        image[i] = 0xffffffff;
    for (unsigned i = 0; i < 100; i++) {
        int64_t left = places[i % 10], top = places[i / 10];
        display_set_cursor(rig->display, image, i % 3 == 0 ? UINT32_MAX : 0, 0);
        display_move_cursor(rig->display, (int32_t)left, (int32_t)top);
        if (i % 3 == 0)
            left -= UINT32_MAX;
        struct picture picture = save(rig, true);
        for (int64_t y = 0; y < 30; y++)
            for (int64_t x = 0; x < 40; x++)
                assert_int_equal(picture.pixels[y * 40 + x] != 0,
                                 x >= left && x < left + 64 && y >= top && y < top + 64);
        free(picture.pixels);
    }
}

static void a_picture_that_cannot_be_written_says_so(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    assert_false(display_save_png(rig->display, "/nonexistent/picture.png", false, &err));
    assert_string_equal(err.text, "cannot save '/nonexistent/picture.png': No such file or directory");
}

static void only_pictures_are_written_over(void **state)
{
    char path[] = "/tmp/microvm-display-XXXXXX";
    struct rig *rig = *state;
    struct error err = {""};
    int fd = mkstemp(path);
    assert_true(display_save_png(rig->display, path, false, &err)); /* it is empty */
    assert_true(display_save_png(rig->display, path, false, &err));
    assert_true(fd >= 0 && close(fd) == 0 && truncate(path, 7) == 0);
    assert_false(display_save_png(rig->display, path, false, &err));
    assert_non_null(strstr(err.text, "it is there, and no PNG picture"));
    unlink(path);
}

/* Threads. */

struct watcher {
    struct display *display;
    atomic_bool news, stop;
    unsigned torn, looks;
};

static void on_news(void *owner)
{
    atomic_store(&((struct watcher *)owner)->news, true);
}

/* Each drawing fills the whole picture with one colour, whatever its size. */
static void look_for_tears(struct watcher *watcher, struct display_viewer *viewer)
{
    struct display_look seen;
    display_begin_look(viewer, &seen);
    for (size_t i = 1; i < (size_t)seen.width * seen.height; i++)
        watcher->torn += seen.pixels[i] != seen.pixels[0];
    watcher->torn += seen.changed.width > seen.width || seen.changed.height > seen.height;
    watcher->looks++;
    display_end_look(viewer);
}

static void *watch(void *owner)
{
    struct watcher *watcher = owner;
    struct display_viewer *viewer = display_attach(watcher->display, on_news, watcher);
    while (!atomic_load(&watcher->stop)) {
        if (atomic_exchange(&watcher->news, false) || watcher->looks == 0)
            look_for_tears(watcher, viewer);
        if (watcher->looks % 16 == 15) {
            display_detach(viewer);
            viewer = display_attach(watcher->display, on_news, watcher);
            look_for_tears(watcher, viewer);
        }
    }
    display_detach(viewer);
    return NULL;
}

static void viewers_on_other_threads_see_whole_pictures(void **state)
{
    struct rig *rig = *state;
    struct watcher watchers[2] = {{.display = rig->display}, {.display = rig->display}};
    pthread_t threads[2];
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, watch, &watchers[i]), 0);
    for (unsigned i = 0; i < 2000; i++) {
        uint32_t width = 1 + i / 100 % 20, height = 1 + i / 300;
        assert_true(display_set_size(rig->display, width, height));
        fill(rig->display, 0, 0, width, height, i);
        display_move_cursor(rig->display, (int32_t)i, 0);
        display_is_watched(rig->display);
    }
    for (unsigned i = 0; i < 2; i++) {
        atomic_store(&watchers[i].stop, true);
        pthread_join(threads[i], NULL);
        assert_int_equal(watchers[i].torn, 0);
    }
    look(rig);
    assert_int_equal(rig->look.pixels[0], 1999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_viewer_sees_what_is_drawn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_told_once_until_it_looks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drawing_nothing_tells_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_look_finds_everything_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_viewer_has_its_own_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_size_is_a_black_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_size_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_screen_without_size_is_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_size_above_the_limit_switches_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_is_seen_and_its_image_only_when_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_source_draws_when_it_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_that_is_there_already_tells_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_watched_while_somebody_is_attached, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picture_has_the_pixels_of_the_screen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cursor_is_drawn_where_its_point_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_single_pixel_is_the_pictures_without_the_cursor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cursor_beside_the_picture_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picture_that_cannot_be_written_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_pictures_are_written_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(viewers_on_other_threads_see_whole_pictures, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
