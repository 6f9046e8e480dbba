/* SPDX-License-Identifier: MIT */
/* The 9P device before a share: its configuration, requests and answers, resets in their midst. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share/tree.h"
#include "slot_fixture.h"
#include "virtio/p9.h"

#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_EVENT_IDX) | 1)
#define ANSWERS (DATA + 0x8000)

struct rig {
    struct tree tree;
    struct journal *journal;
    struct share *share;
    struct virtio_p9 *p9;
    struct slot *slot;
};

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct error err = {""};
    tree_create(&rig->tree);
    rig->journal = journal_create();
    struct share_config config = {
        .options = {.tag = "folder"}, .program = getenv("MICROVM"), .journal = rig->journal, .at_once = true};
    snprintf(config.options.path, sizeof config.options.path, "%s/shared", rig->tree.path);
    rig->share = share_create(&config, &err);
    if (rig->share == NULL)
        fail_msg("%s", err.text);
    rig->p9 = virtio_p9_create(rig->share);
    rig->slot = slot_create(virtio_p9_device(rig->p9), false, 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_p9_destroy(rig->p9);
    share_destroy(rig->share);
    journal_destroy(rig->journal);
    tree_destroy(&rig->tree);
    test_free(rig);
    return 0;
}

/* A Tversion with this tag, n-th in memory, and room for its answer. Notifies if told. */
static void offer_version(struct rig *rig, unsigned n, uint16_t tag, uint32_t room, bool notify)
{
    uint8_t message[] = {21,  0,   0,   0,   100, (uint8_t)tag, (uint8_t)(tag >> 8), 0, 0x20, 0, 0, 8, 0, '9', 'P',
                         '2', '0', '0', '0', '.', 'L'};
    guest_mem_write(&rig->slot->mem, DATA + 64 * n, message, sizeof message);
    struct model_buffer buffers[] = {{DATA + 64 * n, sizeof message, false}, {ANSWERS + 64 * n, room, true}};
    assert_true(driver_add(&rig->slot->drivers[0], buffers, 2, 0) >= 0);
    if (notify)
        set(rig->slot, QUEUE_NOTIFY, 0);
}

static void assert_answer(struct rig *rig, unsigned n, uint16_t tag, uint8_t type)
{
    uint8_t answer[21];
    guest_mem_read(&rig->slot->mem, ANSWERS + 64 * n, answer, sizeof answer);
    assert_int_equal(answer[4], type);
    assert_int_equal(answer[5] | answer[6] << 8, tag);
}

static void the_tag_is_in_the_configuration(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(get(rig->slot, DEVICE_ID), 9);
    assert_true((slot_offered(rig->slot) & 1) != 0);
    assert_int_equal(get(rig->slot, CONFIG), 6 | 'f' << 16 | 'o' << 24);
    assert_int_equal(get(rig->slot, CONFIG + 4), 'l' | 'd' << 8 | 'e' << 16 | (uint32_t)'r' << 24);
}

static void a_request_has_its_answer_and_an_interrupt(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    slot_start(rig->slot, FEATURES, 1, 32);
    offer_version(rig, 0, 0x1234, 64, true);
    assert_true(slot_used(rig->slot, 0, &written));
    assert_int_equal(written, 21);
    assert_answer(rig, 0, 0x1234, 101);
    assert_true(irq(rig->slot));
}

/* More than there are places. */
static void a_full_queue_is_answered_to_its_end(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, FEATURES, 1, 128);
    for (unsigned i = 0; i < 40; i++)
        offer_version(rig, i, (uint16_t)i, 64, i == 39);
    for (unsigned i = 0; i < 40; i++) {
        assert_true(slot_used(rig->slot, 0, &written));
        assert_answer(rig, i, (uint16_t)i, 101);
    }
    assert_false(slot_used(rig->slot, 0, &written));
}

static void an_answer_that_has_no_room_is_an_error(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    slot_start(rig->slot, FEATURES, 1, 32);
    offer_version(rig, 0, 5, 11, true);
    assert_true(slot_used(rig->slot, 0, &written));
    assert_int_equal(written, 11);
    assert_answer(rig, 0, 5, 7);
}

static void what_can_have_no_answer_needs_a_reset(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, FEATURES, 1, 32);
    offer_version(rig, 0, 5, 10, true);
    assert_int_equal(get(rig->slot, STATUS) & NEEDS_RESET, NEEDS_RESET);
    assert_int_equal(rig->slot->lines_said, 1);
    slot_start(rig->slot, FEATURES, 1, 32);
    offer_version(rig, 1, 6, 64, true);
    assert_true(slot_used(rig->slot, 0, &written));
    assert_answer(rig, 1, 6, 101);
}

static void save(const struct state_part *parts, uint8_t bytes[2][1 << 16], size_t counts[2])
{
    for (unsigned n = 0; n < 2; n++) {
        counts[n] = state_part_bytes(&parts[n]);
        state_part_save(&parts[n], bytes[n]);
    }
}

/* In flight when it is saved, and answered in the machine that loads it. */
static void a_saved_request_is_answered_where_it_is_loaded(void **state)
{
    static uint8_t bytes[2][1 << 16];
    struct rig *rig = *state;
    struct error err = {""};
    size_t counts[2];
    uint32_t written;
    slot_start(rig->slot, FEATURES, 1, 32);
    /* The journal keeps the answers back: in a replay that has none nobody answers. */
    journal_replay_from(rig->journal, 0, 0);
    offer_version(rig, 0, 9, 64, true);
    assert_int_equal(share_in_flight(rig->share), 1);
    journal_go_live(rig->journal);
    struct state_part parts[] = {*rig->slot->dev->behind, share_part(rig->share)};
    save(parts, bytes, counts);
    for (unsigned n = 0; n < 2; n++)
        if (!state_part_load(&parts[n], bytes[n], counts[n], &err))
            fail_msg("%s", err.text);
    assert_int_equal(share_in_flight(rig->share), 1);
    virtio_p9_poll(rig->p9);
    assert_true(slot_used(rig->slot, 0, &written));
    assert_answer(rig, 0, 9, 7); /* nobody has performed it */
    memset(bytes[0], 0xff, 4);
    assert_false(state_part_load(&parts[0], bytes[0], counts[0], &err));
}

static void requests_of_before_a_reset_are_dropped(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, FEATURES, 1, 32);
    journal_replay_from(rig->journal, 0, 0);
    offer_version(rig, 0, 9, 64, true);
    journal_go_live(rig->journal);
    guest_mem_fill(&rig->slot->mem, ANSWERS, 0xee, 64);
    slot_start(rig->slot, FEATURES, 1, 32);
    virtio_p9_poll(rig->p9);
    assert_int_equal(share_in_flight(rig->share), 0);
    assert_false(slot_used(rig->slot, 0, &written));
    assert_answer(rig, 0, 0xeeee, 0xee);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_tag_is_in_the_configuration),        TEST(a_request_has_its_answer_and_an_interrupt),
        TEST(a_full_queue_is_answered_to_its_end),    TEST(an_answer_that_has_no_room_is_an_error),
        TEST(what_can_have_no_answer_needs_a_reset),  TEST(a_saved_request_is_answered_where_it_is_loaded),
        TEST(requests_of_before_a_reset_are_dropped),
    };
    if (getenv("MICROVM") == NULL)
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
