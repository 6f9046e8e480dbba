/* SPDX-License-Identifier: MIT */
/* Dispatch by register tables. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "bus/device.h"

struct toy {
    uint64_t wide;
    uint32_t words[4];
    uint8_t byte;
    unsigned reads;
    struct device dev;
};

static uint64_t read_wide(void *state, uint32_t index)
{
    (void)index;
    struct toy *toy = state;
    toy->reads++;
    return toy->wide;
}

static uint64_t peek_wide(void *state, uint32_t index)
{
    (void)index;
    return ((struct toy *)state)->wide;
}

static void write_wide(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    ((struct toy *)state)->wide = value;
}

static uint64_t read_word(void *state, uint32_t index)
{
    return ((struct toy *)state)->words[index];
}

static void write_word(void *state, uint32_t index, uint64_t value)
{
    assert_true(value <= UINT32_MAX);
    ((struct toy *)state)->words[index] = (uint32_t)value;
}

/* Gives more than the register has: the dispatcher cuts it. */
static uint64_t read_byte(void *state, uint32_t index)
{
    (void)index;
    return ((struct toy *)state)->byte | 0xff00u;
}

static void write_byte(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    assert_true(value <= UINT8_MAX);
    ((struct toy *)state)->byte = (uint8_t)value;
}

static const struct reg toy_regs[] = {
    {.name = "WIDE",
     .offset = 0x00,
     .size = 8,
     .narrowest = 2,
     .read = read_wide,
     .write = write_wide,
     .peek = peek_wide},
    {.name = "WORDS",
     .offset = 0x10,
     .size = 4,
     .count = 4,
     .stride = 8,
     .read = read_word,
     .write = write_word},
    {.name = "BYTE",
     .offset = 0x14,
     .size = 1,
     .widest = 4,
     .read = read_byte,
     .write = write_byte},
    {.name = "VOID", .offset = 0x40, .size = 4},
    REG_END,
};

static int set_up(void **state)
{
    struct toy *toy = test_calloc(1, sizeof *toy);
    toy->dev = (struct device){.name = "toy", .state = toy, .regs = toy_regs};
    *state = toy;
    return 0;
}

static int tear_down(void **state)
{
    test_free(*state);
    return 0;
}

static uint64_t get(struct toy *toy, uint64_t offset, unsigned size)
{
    uint64_t value = 0;
    assert_true(device_read(&toy->dev, offset, size, &value));
    return value;
}

static void narrow_read_gives_the_part_at_its_offset(void **state)
{
    struct toy *toy = *state;
    toy->wide = UINT64_C(0x8877665544332211);
    assert_int_equal(get(toy, 0, 8), UINT64_C(0x8877665544332211));
    assert_int_equal(get(toy, 0, 4), 0x44332211);
    assert_int_equal(get(toy, 4, 4), 0x88776655);
    assert_int_equal(get(toy, 6, 2), 0x8877);
}

static void narrow_write_merges_without_the_side_effects_of_a_read(void **state)
{
    struct toy *toy = *state;
    toy->wide = UINT64_C(0x8877665544332211);
    assert_true(device_write(&toy->dev, 4, 4, UINT64_C(0xffffffffaabbccdd)));
    assert_int_equal(toy->wide, UINT64_C(0xaabbccdd44332211));
    assert_true(device_write(&toy->dev, 2, 2, 0x1234));
    assert_int_equal(toy->wide, UINT64_C(0xaabbccdd12342211));
    assert_int_equal(toy->reads, 0);
}

static void access_narrower_than_allowed_is_refused(void **state)
{
    struct toy *toy = *state;
    uint64_t value;
    assert_false(device_read(&toy->dev, 0, 1, &value));
    assert_false(device_write(&toy->dev, 1, 1, 0));
    assert_false(device_read(&toy->dev, 0x10, 2, &value));
    assert_int_equal(toy->reads, 0);
}

static void access_wider_than_allowed_is_refused(void **state)
{
    struct toy *toy = *state;
    uint64_t value;
    assert_false(device_read(&toy->dev, 0x10, 8, &value));
    assert_false(device_write(&toy->dev, 0x10, 8, 1));
    assert_int_equal(toy->words[0], 0);
}

static void allowed_wider_access_extends_and_truncates(void **state)
{
    struct toy *toy = *state;
    assert_true(device_write(&toy->dev, 0x14, 4, 0xabcd1234));
    assert_int_equal(toy->byte, 0x34);
    assert_int_equal(get(toy, 0x14, 4), 0x34);
}

static void array_index_follows_the_stride(void **state)
{
    struct toy *toy = *state;
    assert_true(device_write(&toy->dev, 0x20, 4, 7));
    assert_int_equal(toy->words[2], 7);
    assert_int_equal(get(toy, 0x20, 4), 7);
}

static void gap_between_array_elements_is_refused(void **state)
{
    struct toy *toy = *state;
    uint64_t value;
    assert_false(device_read(&toy->dev, 0x1c, 4, &value));
    assert_false(device_write(&toy->dev, 0x1c, 4, 0));
}

static void offset_past_an_array_is_refused(void **state)
{
    struct toy *toy = *state;
    uint64_t value;
    assert_false(device_read(&toy->dev, 0x30, 4, &value));
    assert_false(device_read(&toy->dev, UINT64_MAX - 3, 4, &value));
}

static void register_without_functions_reads_zero_and_ignores_writes(void **state)
{
    struct toy *toy = *state;
    assert_true(device_write(&toy->dev, 0x40, 4, 1));
    assert_int_equal(get(toy, 0x40, 4), 0);
}

static void peek_leaves_the_device_alone(void **state)
{
    struct toy *toy = *state;
    toy->wide = 5;
    uint64_t value = 0;
    assert_true(device_peek(&toy->dev, 0, 8, &value));
    assert_int_equal(value, 5);
    assert_int_equal(toy->reads, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(narrow_read_gives_the_part_at_its_offset, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(narrow_write_merges_without_the_side_effects_of_a_read,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(access_narrower_than_allowed_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(access_wider_than_allowed_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(allowed_wider_access_extends_and_truncates, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(array_index_follows_the_stride, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gap_between_array_elements_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offset_past_an_array_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(register_without_functions_reads_zero_and_ignores_writes,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(peek_leaves_the_device_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
