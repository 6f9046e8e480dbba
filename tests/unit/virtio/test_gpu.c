/* SPDX-License-Identifier: MIT */
/* What a driver can do with the graphics card: pictures reach the displays, in every format and of any part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gpu_fixture.h"

static void it_tells_the_sizes_that_the_user_wants(void **state)
{
    struct gpu_rig *rig = *state;
    virtio_gpu_resize(rig->gpu, 1, 1024, 768);
    assert_int_equal(gpu_ask(rig, GET_DISPLAY_INFO, NULL, 0), OK_INFO);
    assert_int_equal(rig->written, 24 + 16 * 24);
    static const uint32_t expected[3][6] = {{0, 0, 1280, 800, 1, 0}, {1280, 0, 1024, 768, 1, 0}, {0}};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 6; j++)
            assert_int_equal(gpu_answer(rig, 24 + 24 * i + 4 * j), expected[i][j]);
}

static void its_configuration_names_the_heads(void **state)
{
    struct gpu_rig *rig = *state;
    assert_int_equal(get(rig->slot, DEVICE_ID), 16);
    assert_int_equal(get(rig->slot, CONFIG), 0);
    assert_int_equal(get(rig->slot, CONFIG + 8), HEADS);
    assert_int_equal(get(rig->slot, CONFIG + 12), 0);
}

static void a_wanted_size_is_an_event(void **state)
{
    struct gpu_rig *rig = *state;
    uint32_t generation = get(rig->slot, CONFIG_GENERATION);
    virtio_gpu_resize(rig->gpu, 0, 1280, 800);
    assert_false(irq(rig->slot)); /* it has that size */
    virtio_gpu_resize(rig->gpu, 0, 1000, 700);
    assert_true(irq(rig->slot));
    assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 2);
    assert_int_not_equal(get(rig->slot, CONFIG_GENERATION), generation);
    assert_int_equal(get(rig->slot, CONFIG), 1);
    set(rig->slot, INTERRUPT_ACK, 2);
    set(rig->slot, CONFIG + 4, 2);
    assert_int_equal(get(rig->slot, CONFIG), 1);
    set(rig->slot, CONFIG + 4, 1);
    assert_int_equal(get(rig->slot, CONFIG), 0);
}

static void wanted_sizes_are_brought_within_the_limits(void **state)
{
    struct gpu_rig *rig = *state;
    struct virtio_gpu_look look;
    virtio_gpu_resize(rig->gpu, 1, 0, UINT32_MAX);
    virtio_gpu_look(rig->gpu, 1, &look);
    assert_int_equal(look.head->width, VIRTIO_GPU_SIZE_LEAST);
    assert_int_equal(look.head->height, VIRTIO_GPU_SIZE_MOST);
    virtio_gpu_resize(rig->gpu, HEADS, 100, 100);
}

static void a_picture_comes_to_the_screen(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_paint(rig, 64 * 48);
    gpu_make(rig, 7, B8G8R8X8, 64, 48);
    gpu_expect_size(rig, 0, 0, 0);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 64, 48, 0, 7), OK);
    assert_int_equal(rig->shown[0], 1);
    gpu_expect_size(rig, 0, 64, 48);
    assert_int_equal(gpu_pixel(rig, 0, 1, 0), 0);
    gpu_update(rig, 7, 64, 48);
    for (uint32_t y = 0; y < 48; y++)
        for (uint32_t x = 0; x < 64; x++)
            assert_int_equal(gpu_pixel(rig, 0, x, y), gpu_word(64 * y + x) & 0xffffff);
}

/* The lowest byte of the word that the guest writes comes first. */
static void every_format_has_its_colours(void **state)
{
    static const struct {
        uint32_t number, red, green, blue;
    } rows[] = {{1, 0x00ff0000, 0x0000ff00, 0x000000ff},   {2, 0x00ff0000, 0x0000ff00, 0x000000ff},
                {3, 0x0000ff00, 0x00ff0000, 0xff000000},   {4, 0x0000ff00, 0x00ff0000, 0xff000000},
                {67, 0x000000ff, 0x0000ff00, 0x00ff0000},  {68, 0xff000000, 0x00ff0000, 0x0000ff00},
                {121, 0xff000000, 0x00ff0000, 0x0000ff00}, {134, 0x000000ff, 0x0000ff00, 0x00ff0000}};
    struct gpu_rig *rig = *state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        guest_mem_write_u32(&rig->slot->mem, PICTURE, rows[i].red);
        guest_mem_write_u32(&rig->slot->mem, PICTURE + 4, rows[i].green);
        guest_mem_write_u32(&rig->slot->mem, PICTURE + 8, rows[i].blue);
        gpu_make(rig, 1 + i, rows[i].number, 3, 1);
        assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 3, 1, 0, 1 + i), OK);
        gpu_update(rig, 1 + i, 3, 1);
        assert_int_equal(gpu_pixel(rig, 0, 0, 0), 0xff0000);
        assert_int_equal(gpu_pixel(rig, 0, 1, 0), 0x00ff00);
        assert_int_equal(gpu_pixel(rig, 0, 2, 0), 0x0000ff);
    }
    for (uint32_t format = 0; format < 256; format++) {
        bool known = false;
        for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
            known |= rows[i].number == format;
        assert_int_equal(ASK(rig, RESOURCE_CREATE, 1000 + format, format, 1, 1), known ? OK : BAD_PARAMETER);
    }
}

static void only_what_was_transferred_and_flushed_is_seen(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_paint(rig, 16 * 16);
    gpu_make(rig, 1, B8G8R8X8, 16, 16);
    ASK(rig, SET_SCANOUT, 0, 0, 16, 16, 0, 1);
    assert_int_equal(ASK(rig, TRANSFER, 4, 5, 6, 7, 4 * (5 * 16 + 4), 0, 1, 0), OK);
    assert_int_equal(gpu_pixel(rig, 0, 4, 5), 0);
    assert_int_equal(ASK(rig, RESOURCE_FLUSH, 6, 6, 10, 10, 1, 0), OK);
    for (uint32_t y = 0; y < 16; y++)
        for (uint32_t x = 0; x < 16; x++) {
            bool seen = x >= 6 && x < 10 && y >= 6 && y < 12;
            assert_int_equal(gpu_pixel(rig, 0, x, y), seen ? gpu_word(16 * y + x) & 0xffffff : 0);
        }
}

static void heads_show_parts_of_one_picture(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_paint(rig, 32 * 16);
    gpu_make(rig, 1, B8G8R8X8, 32, 16);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 16, 16, 0, 1), OK);
    assert_int_equal(ASK(rig, SET_SCANOUT, 16, 4, 16, 8, 1, 1), OK);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 32, 16, 0, 0, 1, 0), OK);
    assert_int_equal(ASK(rig, RESOURCE_FLUSH, 8, 6, 16, 20, 1, 0), BAD_PARAMETER);
    assert_int_equal(ASK(rig, RESOURCE_FLUSH, 8, 6, 16, 10, 1, 0), OK);
    gpu_expect_size(rig, 1, 16, 8);
    assert_int_equal(gpu_pixel(rig, 0, 7, 6), 0);
    assert_int_equal(gpu_pixel(rig, 0, 8, 6), gpu_word(6 * 32 + 8) & 0xffffff);
    assert_int_equal(gpu_pixel(rig, 0, 8, 5), 0);
    assert_int_equal(gpu_pixel(rig, 1, 7, 2), gpu_word(6 * 32 + 23) & 0xffffff);
    assert_int_equal(gpu_pixel(rig, 1, 8, 2), 0);
    assert_int_equal(gpu_pixel(rig, 1, 7, 1), 0);
}

static void a_flip_shows_the_other_picture_at_once(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_paint(rig, 64);
    gpu_make(rig, 1, B8G8R8X8, 8, 8);
    gpu_make(rig, 2, B8G8R8X8, 8, 8);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 1);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 8, 8, 0, 0, 2, 0), OK);
    assert_int_equal(gpu_pixel(rig, 0, 1, 1), 0);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 2);
    assert_int_equal(gpu_pixel(rig, 0, 1, 1), gpu_word(9) & 0xffffff);
    assert_int_equal(rig->shows[0], 1);
}

static void a_scanout_of_nothing_switches_off(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_make(rig, 1, B8G8R8X8, 8, 8);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 1);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 0, 0, 0, 0), OK);
    gpu_expect_size(rig, 0, 0, 0);
    assert_int_equal(rig->shown[0], 0);
    assert_int_equal(rig->shows[0], 2);
}

static void a_picture_that_goes_switches_its_heads_off(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_make(rig, 1, B8G8R8X8, 8, 8);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 1);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 1, 1);
    assert_int_equal(ASK(rig, RESOURCE_UNREF, 1, 0), OK);
    gpu_expect_size(rig, 0, 0, 0);
    gpu_expect_size(rig, 1, 0, 0);
    assert_int_equal(ASK(rig, RESOURCE_UNREF, 1, 0), BAD_RESOURCE);
}

static void a_reset_forgets_all_but_the_wanted_sizes(void **state)
{
    struct gpu_rig *rig = *state;
    struct virtio_gpu_look look;
    gpu_make(rig, 1, B8G8R8X8, 64, 64);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 1);
    ASK(rig, UPDATE_CURSOR, 0, 1, 1, 0, 1, 0, 0, 0);
    virtio_gpu_resize(rig->gpu, 0, 640, 480);
    set(rig->slot, STATUS, 0);
    gpu_expect_size(rig, 0, 0, 0);
    assert_int_equal(get(rig->slot, CONFIG), 0);
    virtio_gpu_look(rig->gpu, 0, &look);
    assert_int_equal(look.resources, 0);
    assert_int_equal(look.bytes, 0);
    assert_false(look.head->cursor.shown);
    assert_int_equal(look.head->width, 640);
    slot_start(rig->slot, FEATURES, 2, 16);
    gpu_make(rig, 1, B8G8R8X8, 8, 8);
}

/* Lists of guest memory. */

static void memory_in_pieces_is_read_in_order(void **state)
{
    static const struct {
        uint32_t at, bytes;
    } pieces[] = {{0x3000, 6}, {0x100, 1}, {0x5000, 0}, {0x2000, 121}, {0, 64}, {0x1000, 64}};
    struct gpu_rig *rig = *state;
    uint8_t byte = 1;
    for (unsigned i = 0; i < 6; i++)
        for (uint32_t j = 0; j < pieces[i].bytes; j++, byte++)
            guest_mem_write(&rig->slot->mem, PICTURE + pieces[i].at + j, &byte, 1);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8X8, 8, 8), OK);
    gpu_put(rig, ATTACH_BACKING, (const uint32_t[]){1, 6}, 2);
    for (unsigned i = 0; i < 6; i++)
        gpu_put_entry(rig, i, PICTURE + pieces[i].at, pieces[i].bytes);
    assert_int_equal(gpu_send(rig, CONTROL, 32 + 6 * 16, 24), OK);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 1);
    gpu_update(rig, 1, 8, 8);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t first = (uint8_t)(4 * i + 1);
        assert_int_equal(gpu_pixel(rig, 0, i % 8, i / 8), first | (first + 1) << 8 | (first + 2) << 16);
    }
}

static void what_the_list_lacks_stays_as_it_was(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_paint(rig, 64);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8X8, 8, 8), OK);
    assert_int_equal(gpu_attach_memory(rig, 1, PICTURE, 4 * 20), OK);
    ASK(rig, SET_SCANOUT, 0, 0, 8, 8, 0, 1);
    gpu_update(rig, 1, 8, 8);
    assert_int_equal(gpu_pixel(rig, 0, 3, 2), gpu_word(19) & 0xffffff);
    assert_int_equal(gpu_pixel(rig, 0, 4, 2), 0);
    static const uint32_t offsets[][2] = {{80, 0}, {UINT32_MAX, 0}, {0, 1}, {UINT32_MAX, UINT32_MAX}};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(ASK(rig, TRANSFER, 0, 0, 8, 8, offsets[i][0], offsets[i][1], 1, 0), OK);
    ASK(rig, RESOURCE_FLUSH, 0, 0, 8, 8, 1, 0);
    assert_int_equal(gpu_pixel(rig, 0, 3, 2), gpu_word(19) & 0xffffff);
}

static void without_its_list_nothing_is_transferred(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_make(rig, 1, B8G8R8X8, 8, 8);
    assert_int_equal(gpu_attach_memory(rig, 1, PICTURE, 4), UNSPEC);
    assert_int_equal(ASK(rig, DETACH_BACKING, 1, 0), OK);
    assert_int_equal(ASK(rig, DETACH_BACKING, 1, 0), UNSPEC);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 8, 8, 0, 0, 1, 0), UNSPEC);
    assert_int_equal(gpu_attach_memory(rig, 1, PICTURE, 4), OK);
}

static void lists_of_what_is_no_memory_are_refused(void **state)
{
    static const struct {
        uint64_t gpa;
        uint32_t bytes;
    } bad[] = {{0, 4}, {RAM_BASE - 1, 4}, {RAM_END - 1, 2}, {RAM_END, 1}, {UINT64_MAX, 2}, {UINT64_MAX - 3, 4}};
    struct gpu_rig *rig = *state;
    struct virtio_gpu_look look;
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8X8, 8, 8), OK);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(gpu_attach_memory(rig, 1, bad[i].gpa, bad[i].bytes), BAD_PARAMETER);
    assert_int_equal(ASK(rig, ATTACH_BACKING, 1, 1), BAD_PARAMETER);          /* the entry is missing */
    assert_int_equal(ASK(rig, ATTACH_BACKING, 1, UINT32_MAX), BAD_PARAMETER); /* and more of them */
    assert_int_equal(ASK(rig, ATTACH_BACKING, 1, 0x10000000), BAD_PARAMETER);
    assert_int_equal(ASK(rig, ATTACH_BACKING, 2, 0), BAD_RESOURCE);
    virtio_gpu_look(rig->gpu, 0, &look);
    assert_int_equal(look.bytes, 8 * 8 * 4 + GPU_RESOURCE_BYTES);
    assert_int_equal(ASK(rig, ATTACH_BACKING, 1, 0), OK); /* an empty one is one */
}

/* Cursors. */

static struct display_look seen(struct display_viewer *viewer)
{
    struct display_look look;
    display_begin_look(viewer, &look);
    display_end_look(viewer);
    return look;
}

/* The transfers of a ring that have their answers. */
static unsigned answers(struct gpu_rig *rig)
{
    unsigned count = 0;
    while (slot_used(rig->slot, CONTROL, &rig->written))
        count++;
    return count;
}

static void what_is_too_much_for_a_turn_waits_for_the_next(void **state)
{
    struct gpu_rig *rig = *state;
    enum { TRANSFERS = 5 };
    gpu_make(rig, 1, B8G8R8A8, 1024, 1024);
    virtio_gpu_go_on(rig->gpu);
    gpu_put(rig, TRANSFER, (const uint32_t[]){0, 0, 1024, 1024, 0, 0, 1}, 7);
    for (unsigned i = 0; i < TRANSFERS; i++) {
        struct model_buffer buffers[] = {{REQUEST, 56, false}, {ANSWER, 24, true}};
        assert_true(driver_add(&rig->slot->drivers[CONTROL], buffers, 2, 0) >= 0);
    }
    set(rig->slot, QUEUE_NOTIFY, CONTROL);
    assert_int_equal(answers(rig), 1); /* 4 MiB each, and a little more */
    set(rig->slot, QUEUE_NOTIFY, CONTROL);
    assert_int_equal(answers(rig), 0);
    assert_true(virtio_gpu_has_more(rig->gpu));
    virtio_gpu_go_on(rig->gpu);
    assert_int_equal(answers(rig), 2);
    virtio_gpu_go_on(rig->gpu);
    assert_int_equal(answers(rig), 2);
    assert_false(virtio_gpu_has_more(rig->gpu));
}

static void endless_rows_are_refused(void **state)
{
    struct gpu_rig *rig = *state;
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8A8, 1, 16385), BAD_PARAMETER);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8A8, 16385, 1), BAD_PARAMETER);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8A8, 16384, 1), OK);
}

static void ignore(void *owner)
{
    (void)owner;
}

static void a_cursor_is_an_image_at_a_place(void **state)
{
    struct gpu_rig *rig = *state;
    struct display_viewer *viewer = display_attach(rig->displays[1], ignore, NULL);
    gpu_paint(rig, 64 * 64);
    gpu_make(rig, 5, B8G8R8A8, 64, 64);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 64, 64, 0, 0, 5, 0), OK);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, 1, 100, 200, 0, 5, 3, 4, 0), OK);
    struct display_look look = seen(viewer);
    assert_true(look.has_cursor);
    assert_int_equal(look.cursor_x, 103);
    assert_int_equal(look.cursor_y, 204);
    assert_int_equal(look.hot_x, 3);
    assert_int_equal(look.cursor[77], gpu_word(77));
    assert_int_equal(ASK(rig, MOVE_CURSOR, 1, UINT32_MAX, 6, 0, 0, 0, 0, 0), OK);
    look = seen(viewer);
    assert_true(look.has_cursor && !look.cursor_changed);
    assert_int_equal(look.cursor_x, 2);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, 1, 0, 0, 0, 0, 0, 0, 0), OK);
    assert_false(seen(viewer).has_cursor);
    display_detach(viewer);
}

static void a_cursor_without_alpha_is_opaque(void **state)
{
    struct gpu_rig *rig = *state;
    struct display_viewer *viewer = display_attach(rig->displays[0], ignore, NULL);
    gpu_make(rig, 5, B8G8R8X8, 64, 64);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, 0, 0, 0, 0, 5, UINT32_MAX, 70, 0), OK);
    struct display_look look = seen(viewer);
    assert_int_equal(look.cursor[0], 0xff000000);
    assert_int_equal(look.hot_x, 63);
    assert_int_equal(look.hot_y, 63);
    display_detach(viewer);
}

/* A driver gives no room for an answer there, and needs none. */
static void the_cursor_queue_wants_no_answer(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_put(rig, MOVE_CURSOR, (const uint32_t[]){0, 9, 9, 0, 0, 0, 0, 0}, 8);
    assert_int_equal(gpu_send(rig, CURSOR, 56, 0), 0);
    assert_int_equal(rig->written, 0);
    struct virtio_gpu_look look;
    virtio_gpu_look(rig->gpu, 0, &look);
    assert_int_equal(look.head->cursor.x, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GPU_TEST(it_tells_the_sizes_that_the_user_wants),
        GPU_TEST(its_configuration_names_the_heads),
        GPU_TEST(a_wanted_size_is_an_event),
        GPU_TEST(wanted_sizes_are_brought_within_the_limits),
        GPU_TEST(a_picture_comes_to_the_screen),
        GPU_TEST(every_format_has_its_colours),
        GPU_TEST(only_what_was_transferred_and_flushed_is_seen),
        GPU_TEST(heads_show_parts_of_one_picture),
        GPU_TEST(a_flip_shows_the_other_picture_at_once),
        GPU_TEST(a_scanout_of_nothing_switches_off),
        GPU_TEST(a_picture_that_goes_switches_its_heads_off),
        GPU_TEST(a_reset_forgets_all_but_the_wanted_sizes),
        GPU_TEST(memory_in_pieces_is_read_in_order),
        GPU_TEST(what_the_list_lacks_stays_as_it_was),
        GPU_TEST(without_its_list_nothing_is_transferred),
        GPU_TEST(lists_of_what_is_no_memory_are_refused),
        GPU_TEST(what_is_too_much_for_a_turn_waits_for_the_next),
        GPU_TEST(endless_rows_are_refused),
        GPU_TEST(a_cursor_is_an_image_at_a_place),
        GPU_TEST(a_cursor_without_alpha_is_opaque),
        GPU_TEST(the_cursor_queue_wants_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
