/* SPDX-License-Identifier: MIT */
/* The input device: what it tells of itself, events in whole groups, LEDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>

#include "slot_fixture.h"
#include "virtio/input.h"

#define FEATURES BIT(VIRTIO_F_VERSION_1)
enum { NAME = 1, SERIAL = 2, DEVIDS = 3, PROPS = 0x10, BITS = 0x11, AXIS = 0x12 };
enum { SIZE = 64, EVENTS = 0, STATUSES = 1 };

struct rig {
    struct slot *slot;
    struct virtio_input *input;
    unsigned leds;
    unsigned rooms;
    unsigned offered, taken; /* buffers: the n-th lies at DATA + 8 * (n % SIZE) */
};

static void note_leds(void *owner, unsigned leds)
{
    ((struct rig *)owner)->leds = leds;
}

static void note_room(void *owner)
{
    ((struct rig *)owner)->rooms++;
}

static struct rig *make(const struct virtio_input_model *model)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct virtio_input_backend backend = {rig, note_leds, note_room};
    rig->leds = 7;
    rig->input = virtio_input_create(model, &backend);
    rig->slot = slot_create(virtio_input_device(rig->input), false, 0);
    return rig;
}

static int make_keyboard(void **state)
{
    *state = make(&virtio_input_keyboard);
    return 0;
}

static int make_tablet(void **state)
{
    *state = make(&virtio_input_tablet);
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_input_destroy(rig->input);
    test_free(rig);
    return 0;
}

/* Selects, and reads the answer; its size. */
static unsigned ask(const struct rig *rig, unsigned select, unsigned subsel, uint8_t answer[128])
{
    reg_set(rig->slot->dev, CONFIG, 1, select);
    reg_set(rig->slot->dev, CONFIG + 1, 1, subsel);
    for (unsigned i = 0; i < 128; i++)
        answer[i] = (uint8_t)reg_get(rig->slot->dev, CONFIG + 8 + i, 1);
    return (unsigned)reg_get(rig->slot->dev, CONFIG + 2, 1);
}

static bool has_bit(const struct rig *rig, unsigned type, unsigned code)
{
    uint8_t answer[128];
    unsigned size = ask(rig, BITS, type, answer);
    return code / 8 < size && (answer[code / 8] >> code % 8 & 1) != 0;
}

static void start(struct rig *rig)
{
    slot_start(rig->slot, FEATURES, 2, SIZE);
    rig->offered = rig->taken = 0;
}

static void give_buffers(struct rig *rig, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        slot_offer(rig->slot, EVENTS, (struct model_buffer){DATA + 8 * (rig->offered++ % SIZE), 8, true});
}

/* The next event that the guest has got, as type << 48 | code << 32 | value; 0: none. A report is REPORT. */
#define REPORT (UINT64_C(1) << 63)
static uint64_t next_event(struct rig *rig)
{
    uint32_t written;
    uint64_t bytes;
    if (!slot_used(rig->slot, EVENTS, &written))
        return 0;
    assert_int_equal(written, 8);
    guest_mem_read_u64(&rig->slot->mem, DATA + 8 * (rig->taken++ % SIZE), &bytes);
    uint64_t type = bytes & 0xffff, code = bytes >> 16 & 0xffff, value = bytes >> 32;
    return bytes == 0 ? REPORT : type << 48 | code << 32 | value;
}

#define EVENT(type, code, value) ((uint64_t)(type) << 48 | (uint64_t)(code) << 32 | (uint32_t)(value))

static bool send_key(const struct rig *rig, unsigned code, unsigned value)
{
    return virtio_input_send(rig->input, &(struct virtio_input_event){EV_KEY, (uint16_t)code, value}, 1);
}

static void names_and_ids_are_told_when_selected(void **state)
{
    struct rig *rig = *state;
    uint8_t answer[128];
    assert_int_equal(get(rig->slot, DEVICE_ID), 18);
    assert_int_equal(ask(rig, NAME, 0, answer), strlen("microvm keyboard"));
    assert_memory_equal(answer, "microvm keyboard", strlen("microvm keyboard"));
    assert_int_equal(ask(rig, SERIAL, 0, answer), strlen("keyboard-0"));
    assert_int_equal(ask(rig, DEVIDS, 0, answer), 8);
    assert_int_equal(answer[0], 6);
    assert_int_equal(ask(rig, PROPS, 0, answer), 0);
}

static void what_there_is_not_has_no_size_and_no_bytes(void **state)
{
    struct rig *rig = *state;
    static const uint8_t nothing[128];
    static const uint8_t asked[][2] = {{0, 0},    {NAME, 1},   {4, 0},    {PROPS, 3},
                                       {BITS, 3}, {BITS, 255}, {AXIS, 0}, {255, 255}};
    uint8_t answer[128];
    for (unsigned i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        assert_int_equal(ask(rig, asked[i][0], asked[i][1], answer), 0);
        assert_memory_equal(answer, nothing, sizeof nothing);
    }
}

static void a_keyboard_has_the_keys_lights_and_repeats_of_a_pc(void **state)
{
    const struct rig *rig = *state;
    for (unsigned code = KEY_ESC; code <= KEY_KPDOT; code++)
        assert_true(has_bit(rig, EV_KEY, code));
    for (unsigned code = KEY_102ND; code <= KEY_COMPOSE; code++)
        assert_true(has_bit(rig, EV_KEY, code));
    assert_true(has_bit(rig, EV_KEY, KEY_PLAYPAUSE));
    assert_true(has_bit(rig, EV_KEY, KEY_F24));
    assert_true(has_bit(rig, EV_LED, LED_CAPSL) && has_bit(rig, EV_LED, LED_SCROLLL) &&
                has_bit(rig, EV_REP, REP_DELAY));
    assert_false(has_bit(rig, EV_KEY, KEY_RESERVED));
    assert_false(has_bit(rig, EV_KEY, BTN_LEFT));
    assert_false(has_bit(rig, EV_LED, LED_COMPOSE));
}

static void a_tablet_has_axes_wheels_and_buttons(void **state)
{
    struct rig *rig = *state;
    uint8_t answer[128];
    assert_true(has_bit(rig, EV_ABS, ABS_X) && has_bit(rig, EV_ABS, ABS_Y));
    assert_true(has_bit(rig, EV_REL, REL_WHEEL) && has_bit(rig, EV_REL, REL_HWHEEL));
    assert_true(has_bit(rig, EV_KEY, BTN_LEFT) && has_bit(rig, EV_KEY, BTN_EXTRA));
    assert_false(has_bit(rig, EV_KEY, KEY_A));
    for (unsigned axis = 0; axis < 2; axis++) {
        assert_int_equal(ask(rig, AXIS, axis, answer), 20);
        assert_int_equal(answer[0] | answer[1] | answer[2] | answer[3], 0);
        assert_int_equal(answer[4] | answer[5] << 8, 32767);
    }
    assert_int_equal(ask(rig, AXIS, ABS_Z, answer), 0);
}

static void a_key_is_followed_by_a_report(void **state)
{
    struct rig *rig = *state;
    start(rig);
    give_buffers(rig, 4);
    assert_true(send_key(rig, KEY_A, 1));
    assert_true(irq(rig->slot));
    assert_true(send_key(rig, KEY_A, 0));
    assert_true(next_event(rig) == EVENT(EV_KEY, KEY_A, 1));
    assert_true(next_event(rig) == REPORT);
    assert_true(next_event(rig) == EVENT(EV_KEY, KEY_A, 0));
    assert_true(next_event(rig) == REPORT);
    assert_true(next_event(rig) == 0);
}

static void a_move_and_its_click_are_one_group(void **state)
{
    struct rig *rig = *state;
    const struct virtio_input_event group[] = {
        {EV_ABS, ABS_X, 5}, {EV_ABS, ABS_Y, 32767}, {EV_KEY, BTN_LEFT, 1}, {EV_REL, REL_WHEEL, (uint32_t)-2}};
    start(rig);
    give_buffers(rig, 5);
    assert_true(virtio_input_send(rig->input, group, 4));
    for (unsigned i = 0; i < 4; i++)
        assert_true(next_event(rig) == EVENT(group[i].type, group[i].code, group[i].value));
    assert_true(next_event(rig) == REPORT);
}

static void a_group_waits_until_all_of_it_has_buffers(void **state)
{
    struct rig *rig = *state;
    const struct virtio_input_event group[] = {{EV_ABS, ABS_X, 1}, {EV_ABS, ABS_Y, 2}};
    start(rig);
    for (unsigned round = 0; round < 100; round++) {
        give_buffers(rig, 2);
        assert_false(virtio_input_send(rig->input, group, 2));
        assert_true(next_event(rig) == 0);
        give_buffers(rig, 1);
        assert_true(virtio_input_send(rig->input, group, 2));
        assert_true(next_event(rig) == EVENT(EV_ABS, ABS_X, 1));
        assert_true(next_event(rig) == EVENT(EV_ABS, ABS_Y, 2));
        assert_true(next_event(rig) == REPORT);
    }
}

static void the_host_hears_of_room_and_of_a_driver_that_goes(void **state)
{
    struct rig *rig = *state;
    assert_false(virtio_input_is_listening(rig->input));
    start(rig);
    assert_true(virtio_input_is_listening(rig->input));
    unsigned rooms = rig->rooms;
    give_buffers(rig, 1);
    assert_true(rig->rooms > rooms);
    rooms = rig->rooms;
    set(rig->slot, STATUS, 0);
    assert_true(rig->rooms > rooms);
    assert_false(virtio_input_is_listening(rig->input));
}

static void without_a_driver_events_are_lost(void **state)
{
    struct rig *rig = *state;
    assert_true(send_key(rig, KEY_A, 1));
    start(rig);
    give_buffers(rig, 4);
    assert_true(next_event(rig) == 0);
}

static void keys_that_the_keyboard_lacks_are_no_events(void **state)
{
    struct rig *rig = *state;
    start(rig);
    give_buffers(rig, 4);
    assert_true(send_key(rig, BTN_LEFT, 1));
    assert_true(send_key(rig, 0xffff, 1));
    assert_true(next_event(rig) == 0);
}

static void set_light(struct rig *rig, unsigned type, unsigned code, uint32_t value)
{
    uint32_t written;
    guest_mem_write_u64(&rig->slot->mem, TABLE, type | (uint64_t)code << 16 | (uint64_t)value << 32);
    slot_offer(rig->slot, STATUSES, (struct model_buffer){TABLE, 8, false});
    assert_true(slot_used(rig->slot, STATUSES, &written));
}

static void lights_are_what_the_guest_sets_until_it_resets(void **state)
{
    struct rig *rig = *state;
    start(rig);
    assert_int_equal(rig->leds, 0);
    set_light(rig, EV_LED, LED_CAPSL, 1);
    assert_int_equal(rig->leds, 2);
    set_light(rig, EV_LED, LED_NUML, 1);
    set_light(rig, EV_LED, LED_CAPSL, 0);
    assert_int_equal(rig->leds, 1);
    set_light(rig, EV_LED, LED_MISC, 1);
    set_light(rig, EV_LED, 0xffff, 1);
    set_light(rig, EV_REP, 0, 1);
    set_light(rig, EV_KEY, 1, 1);
    assert_int_equal(rig->leds, 1);
    set(rig->slot, STATUS, 0);
    assert_int_equal(rig->leds, 0);
}

static void a_buffer_without_room_for_an_event_breaks_the_device(void **state)
{
    struct rig *rig = *state;
    start(rig);
    slot_offer(rig->slot, EVENTS, (struct model_buffer){DATA, 7, true});
    assert_false(send_key(rig, KEY_A, 1));
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    assert_non_null(strstr(rig->slot->said, "shorter than an event"));
}

#define KEYBOARD(name) cmocka_unit_test_setup_teardown(name, make_keyboard, tear_down)
#define TABLET(name) cmocka_unit_test_setup_teardown(name, make_tablet, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYBOARD(names_and_ids_are_told_when_selected),
        KEYBOARD(what_there_is_not_has_no_size_and_no_bytes),
        KEYBOARD(a_keyboard_has_the_keys_lights_and_repeats_of_a_pc),
        TABLET(a_tablet_has_axes_wheels_and_buttons),
        KEYBOARD(a_key_is_followed_by_a_report),
        TABLET(a_move_and_its_click_are_one_group),
        TABLET(a_group_waits_until_all_of_it_has_buffers),
        KEYBOARD(the_host_hears_of_room_and_of_a_driver_that_goes),
        KEYBOARD(without_a_driver_events_are_lost),
        KEYBOARD(keys_that_the_keyboard_lacks_are_no_events),
        KEYBOARD(lights_are_what_the_guest_sets_until_it_resets),
        KEYBOARD(a_buffer_without_room_for_an_event_breaks_the_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
