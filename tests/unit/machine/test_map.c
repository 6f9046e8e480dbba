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
#include "virtio/slots.h"

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

static void virtio_slots_share_neither_place_nor_interrupt_with_anything(void **state)
{
    (void)state;
    for (unsigned a = 0; a < VIRTIO_SLOT_COUNT; a++) {
        struct virtio_slot slot = virtio_slot(a);
        assert_in_range(slot.irq, 1, PLIC_SOURCES);
        for (enum map_id id = 0; id < MAP_COUNT; id++) {
            const struct map_row *row = map_row(id);
            assert_false(row->base < slot.base + slot.size && end_of(row) > slot.base);
            assert_int_not_equal(row->irq, slot.irq);
        }
        for (unsigned b = 0; b < a; b++) {
            assert_true(virtio_slot(b).base + slot.size <= slot.base);
            assert_int_not_equal(virtio_slot(b).irq, slot.irq);
        }
    }
}

/* Guests without a device tree know these from the board that they were written for. */
static void the_first_virtio_slots_are_those_of_qemus_board(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < VIRTIO_SLOT_PROBED; slot++)
        assert_int_equal(virtio_slot(slot).base, 0x10000000 + 0x1000 * virtio_slot(slot).irq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_rows_overlap),
        cmocka_unit_test(no_two_devices_share_an_interrupt),
        cmocka_unit_test(sizes_are_those_of_the_devices),
        cmocka_unit_test(virtio_slots_share_neither_place_nor_interrupt_with_anything),
        cmocka_unit_test(the_first_virtio_slots_are_those_of_qemus_board),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
