/* SPDX-License-Identifier: MIT */
/* Saving by tables: lists as long as members say, bytes that have no row, and hostile lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bus/state.h"

struct item {
    uint8_t small;
    uint32_t word;
};

struct thing {
    uint16_t first;
    unsigned some, more;
    struct item items[4];
    uint64_t pointer;
    uint8_t text[8]; /* the blob, up to its 0 */
};

static const struct state_field item_fields[] = {
    STATE(struct item, small, 9, "at most 9"),
    STATE(struct item, word, STATE_ANY, "any"),
    STATE_END,
};

static const struct state_field thing_fields[] = {
    STATE(struct thing, first, STATE_ANY, "any"),
    STATE(struct thing, some, 4, "items"),
    STATE(struct thing, more, 4, "further items"),
    STATE_FIRST_TWO(struct thing, items, item_fields, some, more, "both together"),
    STATE_NOT(struct thing, pointer, "not kept"),
    STATE_NOT(struct thing, text, "the blob"),
    STATE_END,
};

static bool thing_check(const void *object)
{
    const struct thing *thing = object;
    return thing->some + thing->more <= 4;
}

static const struct state_table table = {.fields = thing_fields, .bytes = sizeof(struct thing), .check = thing_check};

static size_t text_bytes(const void *object)
{
    return strlen((const char *)((const struct thing *)object)->text);
}

static void text_save(const void *object, uint8_t *bytes)
{
    memcpy(bytes, ((const struct thing *)object)->text, text_bytes(object));
}

static bool text_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    (void)object;
    bool ok = count < 8 && (count == 0 || memchr(bytes, '!', count) == NULL);
    return ok || error_set(err, "a bad text");
}

static bool text_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct thing *thing = object;
    (void)err;
    memset(thing->text, 0, sizeof thing->text);
    memcpy(thing->text, bytes, count);
    return true;
}

static const struct state_blob blob = {
    .meaning = "a text", .bytes = text_bytes, .save = text_save, .check = text_check, .load = text_load};

static struct thing full(void)
{
    return (struct thing){0x1234, 1, 2, {{1, 11}, {2, 22}, {3, 33}, {4, 44}}, 99, "abc"};
}

#define ROWS_BYTES (2 + 4 + 4 + 3 * 5)

static void a_list_is_as_long_as_its_counters_say(void **state)
{
    (void)state;
    struct thing thing = full(), other = {.pointer = 5, .items = {[3] = {7, 77}}};
    uint8_t bytes[64];
    assert_int_equal(state_saved_bytes(&table, &thing), ROWS_BYTES);
    state_save(&table, &thing, bytes);
    assert_int_equal(bytes[0] | bytes[1] << 8, 0x1234);
    assert_true(state_load(&table, &other, bytes, ROWS_BYTES, NULL));
    assert_int_equal(other.some + other.more, 3);
    assert_int_equal(other.items[2].word, 33);
    assert_int_equal(other.items[3].word, 77);
    assert_int_equal(other.pointer, 5);
    assert_int_equal(state_saved_bytes(&table, &other), ROWS_BYTES);
}

/* Longer than the array, shorter than what it says, longer than that. */
static void a_list_that_lies_about_its_length_is_refused(void **state)
{
    (void)state;
    struct thing thing = full(), other = {0};
    const struct thing nothing = {0};
    uint8_t bytes[128] = {0};
    state_save(&table, &thing, bytes);
    for (unsigned some = 0; some < 256; some++) {
        bytes[2] = (uint8_t)some;
        assert_int_equal(state_load(&table, &other, bytes, ROWS_BYTES, NULL), some == 1);
        other = nothing;
    }
    bytes[2] = bytes[6] = 4; /* each is legal, and both are too many */
    for (size_t count = 0; count < sizeof bytes; count++)
        assert_false(state_load(&table, &other, bytes, count, NULL));
    assert_memory_equal(&other, &nothing, sizeof other);
}

static void a_part_is_its_rows_and_its_blob(void **state)
{
    (void)state;
    struct thing thing = full(), other = {0};
    struct state_part part = {"thing", &thing, &table, &blob}, into = {"thing", &other, &table, &blob};
    uint8_t bytes[64];
    size_t count = state_part_bytes(&part);
    assert_int_equal(count, ROWS_BYTES + 3);
    state_part_save(&part, bytes);
    assert_true(state_part_check(&into, bytes, count, NULL));
    assert_int_equal(other.first, 0);
    assert_true(state_part_load(&into, bytes, count, NULL));
    assert_int_equal(other.first, 0x1234);
    assert_string_equal((const char *)other.text, "abc");
}

static void a_bad_blob_keeps_the_rows_out_too(void **state)
{
    (void)state;
    struct thing thing = full(), other = {0};
    struct state_part part = {"thing", &thing, &table, &blob}, into = {"thing", &other, &table, &blob};
    struct error err = {""};
    uint8_t bytes[64];
    state_part_save(&part, bytes);
    bytes[ROWS_BYTES + 1] = '!';
    assert_false(state_part_load(&into, bytes, ROWS_BYTES + 3, &err));
    assert_string_equal(err.text, "thing: a bad text");
    assert_int_equal(other.first, 0);
}

static void state_is_copied_and_nothing_else(void **state)
{
    (void)state;
    struct thing thing = full(), other = {.pointer = 5, .items = {[3] = {7, 77}}};
    state_copy(&table, &other, &thing);
    assert_int_equal(other.first, 0x1234);
    assert_int_equal(other.items[2].small, 3);
    assert_int_equal(other.items[3].small, 7);
    assert_int_equal(other.pointer, 5);
    assert_int_equal(other.text[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_as_long_as_its_counters_say),
        cmocka_unit_test(a_list_that_lies_about_its_length_is_refused),
        cmocka_unit_test(a_part_is_its_rows_and_its_blob),
        cmocka_unit_test(a_bad_blob_keeps_the_rows_out_too),
        cmocka_unit_test(state_is_copied_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
