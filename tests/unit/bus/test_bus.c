/* SPDX-License-Identifier: MIT */
/* The physical address map. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bus/bus.h"

struct cell {
    uint64_t value;
    unsigned resets;
};

static uint64_t read_cell(void *state, uint32_t index)
{
    (void)index;
    return ((struct cell *)state)->value;
}

static void write_cell(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    ((struct cell *)state)->value = value;
}

static void reset_cell(void *state)
{
    ((struct cell *)state)->resets++;
}

static const struct reg cell_regs[] = {
    {.name = "CELL",
     .offset = 0,
     .size = 8,
     .narrowest = 1,
     .read = read_cell,
     .write = write_cell},
    REG_END,
};

static struct device cell_device(const char *name, struct cell *cell)
{
    return (struct device){.name = name, .state = cell, .regs = cell_regs, .reset = reset_cell};
}

static int set_up(void **state)
{
    *state = bus_create();
    return *state == NULL;
}

static int tear_down(void **state)
{
    bus_destroy(*state);
    return 0;
}

static void attach(struct bus *bus, uint64_t base, uint64_t size, const struct device *dev)
{
    struct error err = {""};
    assert_true(bus_attach(bus, base, size, dev, &err));
}

static void empty_bus_answers_nothing(void **state)
{
    uint64_t value;
    assert_false(bus_read(*state, 0, 4, &value));
    assert_false(bus_write(*state, 0, 4, 0));
    assert_false(bus_peek(*state, 0, 4, &value));
}

static void each_access_reaches_the_device_at_its_address(void **state)
{
    struct cell cells[40];
    struct device devs[40];
    for (unsigned i = 0; i < 40; i++) {
        unsigned place = i * 7 % 40; /* not in address order */
        cells[place] = (struct cell){.value = place};
        devs[place] = cell_device("cell", &cells[place]);
        attach(*state, 0x1000 * (uint64_t)place, 0x1000, &devs[place]);
    }
    for (unsigned i = 0; i < 200; i++) {
        unsigned place = i * 13 % 40;
        uint64_t value = 0;
        assert_true(bus_read(*state, 0x1000 * (uint64_t)place, 8, &value));
        assert_int_equal(value, place);
    }
}

static void write_through_an_alias_reaches_the_same_device(void **state)
{
    struct cell cell = {0};
    struct device dev = cell_device("rtc", &cell);
    attach(*state, 0x101000, 0x1000, &dev);
    attach(*state, 0x10005000, 0x1000, &dev);
    uint64_t value = 0;
    assert_true(bus_write(*state, 0x10005000, 8, 42));
    assert_true(bus_read(*state, 0x101000, 8, &value));
    assert_int_equal(value, 42);
}

static void misaligned_access_is_refused(void **state)
{
    struct cell cell = {0};
    struct device dev = cell_device("cell", &cell);
    attach(*state, 0x1000, 0x1000, &dev);
    uint64_t value;
    assert_false(bus_read(*state, 0x1002, 4, &value));
    assert_false(bus_write(*state, 0x1001, 2, 0));
    assert_false(bus_peek(*state, 0x1004, 8, &value));
    assert_true(bus_read(*state, 0x1006, 2, &value));
}

static void hole_between_mappings_is_refused_after_a_hit(void **state)
{
    struct cell cell = {0};
    struct device dev = cell_device("cell", &cell);
    attach(*state, 0x1000, 8, &dev);
    attach(*state, 0x3000, 8, &dev);
    uint64_t value;
    assert_true(bus_read(*state, 0x3000, 8, &value));
    assert_false(bus_read(*state, 0x1008, 8, &value));
    assert_false(bus_read(*state, 0x3008, 8, &value));
    assert_false(bus_read(*state, 0x0ff8, 8, &value));
}

static void overlap_is_an_error_that_names_both(void **state)
{
    struct cell cell = {0};
    struct device uart = cell_device("uart", &cell);
    struct device plic = cell_device("plic", &cell);
    attach(*state, 0x10000, 0x1000, &uart);
    const uint64_t bases[] = {0x10000, 0x10fff, 0xf001, 0xf000};
    for (unsigned i = 0; i < 4; i++) {
        struct error err = {""};
        assert_false(bus_attach(*state, bases[i], 0x2000, &plic, &err));
        assert_non_null(strstr(err.text, "uart"));
        assert_non_null(strstr(err.text, "plic"));
    }
    struct error err = {""};
    assert_false(bus_attach(*state, 0xf000, 0x1001, &plic, &err));
    attach(*state, 0x11000, 0x1000, &plic);
    attach(*state, 0xf000, 0x1000, &plic);
}

static void empty_or_wrapping_range_is_an_error(void **state)
{
    struct cell cell = {0};
    struct device dev = cell_device("cell", &cell);
    struct error err = {""};
    assert_false(bus_attach(*state, 0x1000, 0, &dev, &err));
    assert_non_null(strstr(err.text, "cell"));
    assert_false(bus_attach(*state, UINT64_MAX - 7, 16, &dev, &err));
    assert_true(bus_attach(*state, UINT64_MAX - 7, 8, &dev, &err));
    uint64_t value;
    assert_true(bus_read(*state, UINT64_MAX - 7, 8, &value));
}

static void rom_reads_little_endian_padded_and_refuses_writes(void **state)
{
    const uint8_t bytes[] = {0x11, 0x22, 0x33, 0x44, 0x55};
    struct error err = {""};
    assert_true(bus_attach_rom(*state, "rom", 0x1000, 0x10, bytes, sizeof bytes, &err));
    uint64_t value = 0;
    assert_true(bus_read(*state, 0x1000, 8, &value));
    assert_int_equal(value, UINT64_C(0x5544332211));
    assert_true(bus_read(*state, 0x1002, 2, &value));
    assert_int_equal(value, 0x4433);
    assert_true(bus_peek(*state, 0x1008, 8, &value));
    assert_int_equal(value, 0);
    assert_false(bus_write(*state, 0x1000, 4, 0));
    assert_false(bus_read(*state, 0x1010, 1, &value));
}

static void rom_larger_than_its_range_is_an_error(void **state)
{
    const uint8_t bytes[16] = {0};
    struct error err = {""};
    assert_false(bus_attach_rom(*state, "rom", 0x1000, 8, bytes, sizeof bytes, &err));
    assert_non_null(strstr(err.text, "rom"));
}

static void access_past_an_odd_sized_range_is_refused(void **state)
{
    const uint8_t bytes[6] = {1, 2, 3, 4, 5, 6};
    struct error err = {""};
    assert_true(bus_attach_rom(*state, "rom", 0x1000, 6, bytes, sizeof bytes, &err));
    uint64_t value;
    assert_false(bus_read(*state, 0x1004, 4, &value));
    assert_true(bus_read(*state, 0x1004, 2, &value));
}

static void mappings_are_listed_in_address_order(void **state)
{
    struct cell cell = {0};
    struct device dev = cell_device("cell", &cell);
    attach(*state, 0x3000, 0x100, &dev);
    attach(*state, 0x1000, 0x200, &dev);
    const char *name;
    uint64_t base, size;
    assert_true(bus_mapping(*state, 0, &name, &base, &size));
    assert_int_equal(base, 0x1000);
    assert_int_equal(size, 0x200);
    assert_true(bus_mapping(*state, 1, &name, &base, &size));
    assert_int_equal(base, 0x3000);
    assert_string_equal(name, "cell");
    assert_false(bus_mapping(*state, 2, &name, &base, &size));
}

static void reset_reaches_every_device(void **state)
{
    struct cell cells[2] = {{0}};
    struct device devs[2] = {cell_device("a", &cells[0]), cell_device("b", &cells[1])};
    const uint8_t byte = 1;
    struct error err = {""};
    attach(*state, 0x1000, 0x100, &devs[0]);
    attach(*state, 0x2000, 0x100, &devs[1]);
    assert_true(bus_attach_rom(*state, "rom", 0x3000, 0x100, &byte, 1, &err));
    bus_reset(*state);
    assert_int_equal(cells[0].resets, 1);
    assert_int_equal(cells[1].resets, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(empty_bus_answers_nothing),
        TEST(each_access_reaches_the_device_at_its_address),
        TEST(write_through_an_alias_reaches_the_same_device),
        TEST(misaligned_access_is_refused),
        TEST(hole_between_mappings_is_refused_after_a_hit),
        TEST(overlap_is_an_error_that_names_both),
        TEST(empty_or_wrapping_range_is_an_error),
        TEST(rom_reads_little_endian_padded_and_refuses_writes),
        TEST(rom_larger_than_its_range_is_an_error),
        TEST(access_past_an_odd_sized_range_is_refused),
        TEST(mappings_are_listed_in_address_order),
        TEST(reset_reaches_every_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
