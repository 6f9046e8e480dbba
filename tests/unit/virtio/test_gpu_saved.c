/* SPDX-License-Identifier: MIT */
/* The graphics card's state, saved and loaded: another card shows the same, and whatever bytes come change nothing or can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "gpu_fixture.h"
#include "virtio/core.h"

struct saved {
    uint8_t *bytes;
    size_t count;
};

static struct state_part part_of(const struct gpu_rig *rig)
{
    struct virtio_device device = virtio_gpu_device(rig->gpu);
    return virtio_part(&device);
}

static struct saved save(const struct gpu_rig *rig)
{
    struct state_part part = part_of(rig);
    struct saved saved = {.count = state_part_bytes(&part)};
    saved.bytes = malloc(saved.count);
    assert_non_null(saved.bytes);
    state_part_save(&part, saved.bytes);
    return saved;
}

static bool load(const struct gpu_rig *rig, const uint8_t *bytes, size_t count, struct error *err)
{
    struct state_part part = part_of(rig);
    return state_part_load(&part, bytes, count, err);
}

/* A picture on screen 0 from its second column on, half of it transferred; a cursor on screen 1; lists. */
static void use(struct gpu_rig *rig)
{
    gpu_paint(rig, 64 * 64);
    gpu_make(rig, 1, B8G8R8X8, 64, 32);
    gpu_make(rig, 257, B8G8R8A8, 64, 64);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 3, 67, 5, 5), OK);
    assert_int_equal(ASK(rig, SET_SCANOUT, 1, 0, 63, 32, 0, 1), OK);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 64, 16, 0, 0, 1, 0), OK);
    assert_int_equal(ASK(rig, RESOURCE_FLUSH, 0, 0, 64, 32, 1, 0), OK);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 64, 64, 0, 0, 257, 0), OK);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, 1, 30, 40, 0, 257, 2, 3, 0), OK);
    virtio_gpu_resize(rig->gpu, 1, 1600, 1200);
}

static void expect_use(const struct gpu_rig *rig)
{
    struct virtio_gpu_look look;
    gpu_expect_size(rig, 0, 63, 32);
    gpu_expect_size(rig, 1, 0, 0);
    for (uint32_t y = 0; y < 32; y++)
        for (uint32_t x = 0; x < 63; x++)
            assert_int_equal(gpu_pixel(rig, 0, x, y), y < 16 ? gpu_word(64 * y + x + 1) & 0xffffff : 0);
    virtio_gpu_look(rig->gpu, 1, &look);
    assert_true(look.head->cursor.shown);
    assert_int_equal(look.head->cursor.image[100], gpu_word(100));
    assert_int_equal(look.head->width, 1600);
    assert_int_equal(look.resources, 3);
}

static void another_card_shows_the_same(void **state)
{
    struct gpu_rig *rig = *state, *other = gpu_rig_create();
    struct error err = {""};
    use(rig);
    struct saved saved = save(rig);
    if (!load(other, saved.bytes, saved.count, &err))
        fail_msg("%s", err.text);
    expect_use(other);
    assert_int_equal(other->shown[0], 1);
    struct saved again = save(other);
    assert_int_equal(again.count, saved.count);
    assert_memory_equal(again.bytes, saved.bytes, saved.count);
    gpu_rig_destroy(other);
    free(saved.bytes);
    free(again.bytes);
}

static void it_goes_on_with_what_it_had(void **state)
{
    struct gpu_rig *rig = *state, *other = gpu_rig_create();
    use(rig);
    struct saved saved = save(rig);
    assert_true(load(other, saved.bytes, saved.count, NULL));
    gpu_paint(other, 64 * 64); /* RAM is not the card's */
    assert_int_equal(ASK(other, TRANSFER, 0, 16, 64, 16, 64 * 64, 0, 1, 0), OK);
    assert_int_equal(ASK(other, RESOURCE_FLUSH, 0, 16, 64, 16, 1, 0), OK);
    assert_int_equal(gpu_pixel(other, 0, 4, 20), gpu_word(64 * 20 + 5) & 0xffffff);
    assert_int_equal(ASK(other, RESOURCE_CREATE, 3, 1, 1, 1), BAD_RESOURCE);
    gpu_rig_destroy(other);
    free(saved.bytes);
}

static void going_back_shows_what_was_there(void **state)
{
    struct gpu_rig *rig = *state;
    struct saved before = save(rig);
    use(rig);
    struct saved used = save(rig);
    assert_true(load(rig, before.bytes, before.count, NULL));
    gpu_expect_size(rig, 0, 0, 0);
    assert_int_equal(rig->shown[0], 0);
    assert_true(load(rig, used.bytes, used.count, NULL));
    expect_use(rig);
    assert_int_equal(rig->shown[0], 1);
    free(before.bytes);
    free(used.bytes);
}

static void flat_pictures_are_saved_small(void **state)
{
    struct gpu_rig *rig = *state;
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, 4096, 4096), OK);
    struct saved saved = save(rig);
    assert_true(saved.count < 1000);
    free(saved.bytes);
}

static void a_card_with_other_heads_is_refused_in_words(void **state)
{
    struct gpu_rig *rig = *state;
    struct display *display = display_create(0);
    struct virtio_gpu *one =
        virtio_gpu_create(&(struct virtio_gpu_options){.heads = 1, .width = 640, .height = 480, .displays = {display}});
    struct virtio_device device = virtio_gpu_device(one);
    struct state_part part = virtio_part(&device);
    struct saved saved = save(rig);
    struct error err = {""};
    assert_false(state_part_load(&part, saved.bytes, saved.count, &err));
    assert_non_null(strstr(err.text, "a graphics card with 2 screens where this one has 1"));
    virtio_gpu_destroy(one);
    display_destroy(display);
    free(saved.bytes);
}

static void what_is_cut_short_is_refused(void **state)
{
    struct gpu_rig *rig = *state;
    struct error err = {""};
    use(rig);
    struct saved saved = save(rig);
    for (size_t count = 0; count < saved.count; count += count < 600 ? 1 : 97)
        assert_false(load(rig, saved.bytes, count, &err));
    expect_use(rig);
    free(saved.bytes);
}

/* What is loaded all the same can be used. */
static void damaged_bytes_are_refused_or_harmless(void **state)
{
    struct gpu_rig *rig = *state, *other = gpu_rig_create();
    uint64_t seed = 1;
    unsigned loaded = 0, refused = 0;
    use(rig);
    struct saved saved = save(rig);
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t *copy = malloc(saved.count);
        memcpy(copy, saved.bytes, saved.count);
        for (unsigned j = 0; j <= i % 3; j++)
            copy[splitmix_below(&seed, i % 2 == 0 ? 400 : saved.count)] ^= (uint8_t)splitmix_next(&seed);
        bool ok = load(other, copy, saved.count, NULL);
        free(copy);
        loaded += ok;
        refused += !ok;
        gpu_ask(other, GET_DISPLAY_INFO, NULL, 0);
        ASK(other, TRANSFER, 0, 0, 5, 5, 0, 0, 1, 0);
        ASK(other, RESOURCE_FLUSH, 0, 0, 5, 5, 1, 0);
        ASK(other, GET_EDID, 1, 0);
    }
    assert_true(loaded > 100 && refused > 100);
    gpu_rig_destroy(other);
    free(saved.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GPU_TEST(another_card_shows_the_same),
        GPU_TEST(it_goes_on_with_what_it_had),
        GPU_TEST(going_back_shows_what_was_there),
        GPU_TEST(flat_pictures_are_saved_small),
        GPU_TEST(a_card_with_other_heads_is_refused_in_words),
        GPU_TEST(what_is_cut_short_is_refused),
        GPU_TEST(damaged_bytes_are_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
