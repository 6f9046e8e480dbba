/* SPDX-License-Identifier: MIT */
/* The physical memory map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/clint.h"
#include "devices/goldfish_rtc.h"
#include "devices/plic.h"
#include "devices/syscon.h"
#include "devices/uart16550.h"
#include "machine/map.h"

static uint64_t end_of(const struct map_row *row)
{
    return row->size == 0 ? UINT64_MAX : row->base + row->size;
}

static void no_two_rows_overlap(void **state)
{
    (void)state;
    for (enum map_id a = 0; a < MAP_COUNT; a++)
        for (enum map_id b = a + 1; b < MAP_COUNT; b++)
            if (map_row(a)->base < end_of(map_row(b)) && map_row(b)->base < end_of(map_row(a)))
                fail_msg("%s overlaps %s", map_row(a)->name, map_row(b)->name);
}

static void no_two_devices_share_an_interrupt(void **state)
{
    (void)state;
    for (enum map_id a = 0; a < MAP_COUNT; a++)
        for (enum map_id b = a + 1; b < MAP_COUNT; b++)
            assert_false(map_row(a)->irq != 0 && map_row(a)->irq == map_row(b)->irq);
}

static void sizes_are_those_of_the_devices(void **state)
{
    (void)state;
    assert_int_equal(map_row(MAP_test)->size, SYSCON_SIZE);
    assert_int_equal(map_row(MAP_rtc)->size, GOLDFISH_RTC_SIZE);
    assert_int_equal(map_row(MAP_rtc_alias)->size, GOLDFISH_RTC_SIZE);
    assert_int_equal(map_row(MAP_clint)->size, CLINT_SIZE);
    assert_int_equal(map_row(MAP_plic)->size, PLIC_SIZE);
    assert_int_equal(map_row(MAP_uart)->size, UART16550_SIZE);
}

/* The slots are for the virtio devices; their interrupts are 1 to 8. */
static void virtio_slots_are_free_but_for_the_clock_alias(void **state)
{
    (void)state;
    for (enum map_id id = 0; id < MAP_COUNT; id++) {
        const struct map_row *row = map_row(id);
        bool in_slots = row->base < 0x10009000 && end_of(row) > 0x10001000;
        assert_int_equal(in_slots, id == MAP_rtc_alias);
        assert_true(row->irq == 0 || row->irq > 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_rows_overlap),
        cmocka_unit_test(no_two_devices_share_an_interrupt),
        cmocka_unit_test(sizes_are_those_of_the_devices),
        cmocka_unit_test(virtio_slots_are_free_but_for_the_clock_alias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
