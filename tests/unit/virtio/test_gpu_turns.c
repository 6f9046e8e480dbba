/* SPDX-License-Identifier: MIT */
/* Requests that are too much for one turn of the graphics card: others have theirs meanwhile, and it goes on where it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gpu_fixture.h"
#include "virtio/gpu_impl.h"

/* A picture whose rows come from PICTURE's again and again, by a list with an entry for each time. */
#define WIDTH 1024u
#define HEIGHT 12288u
#define PIECES (WIDTH * HEIGHT * 4 / PICTURE_BYTES)
#define PICTURE_WORDS (PICTURE_BYTES / 4)

static void make_large(struct gpu_rig *rig)
{
    gpu_paint(rig, PICTURE_WORDS);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8X8, WIDTH, HEIGHT), OK);
    gpu_put(rig, ATTACH_BACKING, (const uint32_t[]){1, PIECES}, 2);
    for (unsigned i = 0; i < PIECES; i++)
        gpu_put_entry(rig, i, PICTURE, PICTURE_BYTES);
    assert_int_equal(gpu_send(rig, CONTROL, 32 + 16 * PIECES, 24), OK);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, WIDTH, 1, 0, 1), OK);
    virtio_gpu_go_on(rig->gpu);
}

static const uint32_t *row_of(const struct gpu_rig *rig, uint32_t y)
{
    struct virtio_gpu_look look;
    virtio_gpu_look(rig->gpu, 0, &look);
    return look.resource->pixels + (size_t)y * WIDTH;
}

static bool is_filled(const struct gpu_rig *rig, uint32_t y, uint32_t width)
{
    const uint32_t *row = row_of(rig, y);
    for (uint32_t x = 0; x < WIDTH; x++)
        if (row[x] != (x < width ? gpu_word((y * WIDTH + x) % PICTURE_WORDS) : 0))
            return false;
    return true;
}

static uint32_t rows_filled(const struct gpu_rig *rig, uint32_t width)
{
    uint32_t rows = 0;
    for (uint32_t y = 0; y < HEIGHT; y++)
        rows += is_filled(rig, y, width);
    return rows;
}

/* In a turn that has done nothing yet. */
static void begin_transfer(struct gpu_rig *rig, uint32_t width)
{
    struct model_buffer buffers[] = {{REQUEST, 56, false}, {ANSWER, 24, true}};
    gpu_put(rig, TRANSFER, (const uint32_t[]){0, 0, width, HEIGHT, 0, 0, 1}, 7);
    assert_true(driver_add(&rig->slot->drivers[CONTROL], buffers, 2, 0) >= 0);
    set(rig->slot, QUEUE_NOTIFY, CONTROL);
}

static bool is_answered(struct gpu_rig *rig)
{
    return slot_used(rig->slot, CONTROL, &rig->written);
}

static void end_transfer(struct gpu_rig *rig, uint32_t answer)
{
    while (virtio_gpu_has_more(rig->gpu))
        virtio_gpu_go_on(rig->gpu);
    assert_true(is_answered(rig));
    assert_int_equal(rig->written, 24);
    assert_int_equal(gpu_answer(rig, 0), answer);
    assert_false(is_answered(rig));
}

/* As many rows in each as would fill it; a narrow row takes as long as a page. */
static void a_long_transfer_takes_several_turns(void **state)
{
    static const uint32_t widths[] = {WIDTH, 2};
    const uint32_t most = GPU_TURN_BYTES / (4 * WIDTH);
    for (unsigned i = 0; i < 2; i++) {
        struct gpu_rig *rig = i == 0 ? *state : gpu_rig_create();
        make_large(rig);
        begin_transfer(rig, widths[i]);
        uint32_t before = 0, rows = rows_filled(rig, widths[i]);
        for (; rows < HEIGHT; before = rows, rows = rows_filled(rig, widths[i])) {
            assert_false(is_answered(rig));
            assert_in_range(rows - before, most - most / 16, most);
            assert_true(virtio_gpu_has_more(rig->gpu));
            virtio_gpu_go_on(rig->gpu);
        }
        end_transfer(rig, OK);
        if (i != 0)
            gpu_rig_destroy(rig);
    }
}

static void the_next_transfer_begins_at_its_own_first_row(void **state)
{
    struct gpu_rig *rig = *state;
    make_large(rig);
    begin_transfer(rig, WIDTH);
    end_transfer(rig, OK);
    guest_mem_write_u32(&rig->slot->mem, PICTURE, 77);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 1, 1, 0, 0, 1, 0), OK);
    assert_int_equal(row_of(rig, 0)[0], 77);
}

static void a_card_that_is_saved_in_mid_transfer_goes_on_behind_its_rows(void **state)
{
    struct gpu_rig *rig = *state, *other = gpu_rig_create();
    make_large(rig);
    begin_transfer(rig, WIDTH);
    virtio_gpu_go_on(rig->gpu);
    uint32_t rows = rows_filled(rig, WIDTH);
    slot_move(rig->slot, other->slot);
    assert_int_equal(rows_filled(other, WIDTH), rows);
    for (uint32_t i = 0; i < WIDTH; i++) /* of each 64 rows the first: those that are done stay */
        guest_mem_write_u32(&other->slot->mem, PICTURE + 4 * (uint64_t)i, 99);
    end_transfer(other, OK);
    for (uint32_t y = 0; y < HEIGHT; y += PICTURE_WORDS / WIDTH)
        assert_int_equal(row_of(other, y)[5], y < rows ? gpu_word(5) : 99);
    end_transfer(rig, OK);
    assert_int_equal(rows_filled(rig, WIDTH), HEIGHT);
    gpu_rig_destroy(other);
}

/* It is wrong of the guest, and its own harm. */
static void a_request_that_changes_meanwhile_is_looked_at_anew(void **state)
{
    static const struct {
        uint32_t at, value, answer;
    } changes[] = {{32, 5000, BAD_PARAMETER}, {36, 1, OK}, {36, 0, OK}, {48, 9, BAD_RESOURCE}, {0, 0x999, UNSPEC}};
    struct gpu_rig *rig = *state;
    make_large(rig);
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        begin_transfer(rig, WIDTH);
        assert_false(is_answered(rig));
        guest_mem_write_u32(&rig->slot->mem, REQUEST + changes[i].at, changes[i].value);
        end_transfer(rig, changes[i].answer);
        virtio_gpu_go_on(rig->gpu);
    }
}

static void a_transfer_whose_queue_is_reset_is_forgotten(void **state)
{
    struct gpu_rig *rig = *state;
    uint64_t features = FEATURES | BIT(VIRTIO_F_RING_RESET);
    slot_start(rig->slot, features, 2, 16);
    make_large(rig);
    begin_transfer(rig, WIDTH);
    set(rig->slot, QUEUE_SEL, CONTROL);
    set(rig->slot, QUEUE_RESET, 1);
    guest_mem_write_u32(&rig->slot->mem, PICTURE, 77);
    slot_enable_queue(rig->slot, CONTROL, features, 16);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 1, 1, 0, 0, 1, 0), OK);
    assert_int_equal(row_of(rig, 0)[0], 77);
}

/* Lists. */

#define LIST (DATA + 0x10000)
#define LIST_PERIOD 0x10000u /* bytes of entries, which stand there twice */
#define RANGE_BYTES 65521u   /* of a chain's part: entries lie across their ends */

/* A list of so many entries, each a word of PICTURE; the answer. */
static uint32_t attach_words(struct gpu_rig *rig, uint32_t count)
{
    struct model_buffer buffers[32] = {{REQUEST, 32, false}};
    unsigned n = 1;
    uint32_t id, type = 0;
    for (uint32_t at = 0, piece; at < 16 * count; at += piece, n++) {
        piece = 16 * count - at < RANGE_BYTES ? 16 * count - at : RANGE_BYTES;
        buffers[n] = (struct model_buffer){LIST + at % LIST_PERIOD, piece, false};
    }
    buffers[n++] = (struct model_buffer){ANSWER, 24, true};
    gpu_put(rig, ATTACH_BACKING, (const uint32_t[]){1, count}, 2);
    assert_true(driver_add(&rig->slot->drivers[CONTROL], buffers, n, 0) >= 0);
    virtio_gpu_go_on(rig->gpu);
    set(rig->slot, QUEUE_NOTIFY, CONTROL);
    assert_true(driver_used(&rig->slot->drivers[CONTROL], &id, &rig->written));
    guest_mem_read_u32(&rig->slot->mem, ANSWER, &type);
    return type;
}

static void the_longest_list_is_read_in_order(void **state)
{
    struct gpu_rig *rig = *state;
    const uint32_t words = LIST_PERIOD / 16;
    slot_start(rig->slot, FEATURES, 1, 64);
    gpu_paint(rig, words);
    for (uint32_t i = 0; i < 2 * words; i++) {
        guest_mem_write_u64(&rig->slot->mem, LIST + 16 * (uint64_t)i, PICTURE + 4 * (i % words));
        guest_mem_write_u32(&rig->slot->mem, LIST + 16 * (uint64_t)i + 8, 4);
    }
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, B8G8R8X8, 256, GPU_BACKING_ENTRIES / 256), OK);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 256, 256, 0, 1), OK);
    assert_int_equal(attach_words(rig, GPU_BACKING_ENTRIES + 1), BAD_PARAMETER);
    assert_int_equal(attach_words(rig, GPU_BACKING_ENTRIES), OK);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 256, 256, 0, 0, 1, 0), OK);
    const uint32_t *pixels = row_of(rig, 0);
    for (uint32_t i = 0; i < GPU_BACKING_ENTRIES; i++)
        assert_int_equal(pixels[i], gpu_word(i % words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GPU_TEST(a_long_transfer_takes_several_turns),
        GPU_TEST(the_next_transfer_begins_at_its_own_first_row),
        GPU_TEST(a_card_that_is_saved_in_mid_transfer_goes_on_behind_its_rows),
        GPU_TEST(a_request_that_changes_meanwhile_is_looked_at_anew),
        GPU_TEST(a_transfer_whose_queue_is_reset_is_forgotten),
        GPU_TEST(the_longest_list_is_read_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
