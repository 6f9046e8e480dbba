/* SPDX-License-Identifier: MIT */
/* The block device's requests: data, layouts, limits, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "blk_fixture.h"

static void it_offers_what_it_serves(void **state)
{
    struct blk_rig *rig = *state;
    assert_int_equal(mmio_get(rig, 0x08), 2);
    assert_int_equal(blk_features(rig) & 0xffffff,
                     1u << 2 | 1u << 6 | 1u << 9 | 1u << 10 | 1u << 11 | 1u << 13 | 1u << 14);
    assert_int_equal(mmio_get(rig, 0x100), SECTORS);
    assert_int_equal(mmio_get(rig, 0x104), 0);
    assert_int_equal(mmio_get(rig, 0x100 + 12), 510);
    assert_int_equal(mmio_get(rig, 0x100 + 20), 512);
    assert_int_equal(reg_get(rig->dev, 0x100 + 24, 1), 3);
    assert_int_equal(reg_get(rig->dev, 0x100 + 26, 2), 8);
    assert_int_equal(reg_get(rig->dev, 0x100 + WRITEBACK, 1), 1);
    assert_int_equal(mmio_get(rig, 0x100 + 36), 1 << 21);
    assert_int_equal(mmio_get(rig, 0x100 + 40), 16);
    assert_int_equal(mmio_get(rig, 0x100 + 44), 8);
    assert_int_equal(mmio_get(rig, 0x100 + 48), 1 << 21);
    assert_int_equal(mmio_get(rig, 0x100 + 52), 16);
    assert_int_equal(reg_get(rig->dev, 0x100 + 56, 1), 1);
}

static void a_read_gives_the_disks_bytes(void **state)
{
    struct blk_rig *rig = *state;
    assert_int_equal(blk_run(rig, T_IN, 3, from_device(DATA, 1024)), S_OK);
    assert_guest_bytes(rig, DATA, rig->memory.now + 3 * 512, 1024);
    assert_int_equal(rig->written, 1025);
}

static void a_write_puts_the_guests_bytes(void **state)
{
    struct blk_rig *rig = *state;
    guest_mem_fill(&rig->mem, DATA, 0xab, 4096);
    assert_int_equal(blk_run(rig, T_OUT, 8, to_device(DATA, 4096)), S_OK);
    assert_int_equal(rig->written, 1);
    assert_guest_bytes(rig, DATA, rig->memory.now + 8 * 512, 4096);
    assert_int_equal(rig->memory.now[8 * 512 - 1], (uint8_t)(7 + 8 * 512 - 1));
    assert_int_equal(rig->memory.now[16 * 512], (uint8_t)(16 + 16 * 512));
}

static void requests_longer_than_a_piece_arrive_whole(void **state)
{
    struct blk_rig *rig = *state;
    assert_int_equal(blk_run(rig, T_IN, 1, from_device(DATA, MEMORY_DISK_BYTES - 1024)), S_OK);
    assert_guest_bytes(rig, DATA, rig->memory.now + 512, MEMORY_DISK_BYTES - 1024);
    for (uint64_t i = 0; i < MEMORY_DISK_BYTES; i += 4)
        guest_mem_write_u32(&rig->mem, DATA + i, (uint32_t)i * 2654435761u);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, MEMORY_DISK_BYTES)), S_OK);
    assert_guest_bytes(rig, DATA, rig->memory.now, MEMORY_DISK_BYTES);
}

static void every_kind_of_ring_serves(void **state)
{
    static const uint64_t without[] = {0, BIT(VIRTIO_F_EVENT_IDX), BIT(VIRTIO_F_RING_PACKED),
                                       BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_EVENT_IDX)};
    struct blk_rig *rig = *state;
    for (unsigned kind = 0; kind < ARRAY_SIZE(without); kind++) {
        blk_drive(rig, without[kind]);
        for (unsigned i = 0; i < 200; i++) {
            assert_int_equal(blk_run(rig, T_IN, i, from_device(DATA, 512)), S_OK);
            assert_guest_bytes(rig, DATA, rig->memory.now + (size_t)i * 512, 512);
        }
    }
}

/* VirtIO 1.3 2.7.4: the layout of descriptors means nothing. */
static void header_data_and_status_may_lie_anywhere(void **state)
{
    struct blk_rig *rig = *state;
    uint64_t header = HEADERS + 5;
    blk_header(rig, header, T_OUT, 2);
    guest_mem_fill(&rig->mem, header + 16, 0x77, 512);
    struct model_buffer write[18];
    for (unsigned i = 0; i < 15; i++)
        write[i] = to_device(header + i, 1);
    write[15] = to_device(header + 15, 1 + 100);
    write[16] = to_device(header + 16 + 100, 412);
    write[17] = from_device(DATA + 3, 1);
    assert_true(driver_add(&rig->driver, write, 18, 0) >= 0);
    blk_notify(rig);
    blk_await(rig);
    assert_guest_bytes(rig, header + 16, rig->memory.now + 2 * 512, 512);

    blk_header(rig, header, T_IN, 2);
    struct model_buffer read[3] = {to_device(header, 16), from_device(DATA + 7, 500), from_device(DATA + 1007, 13)};
    assert_true(driver_add(&rig->driver, read, 3, 0) >= 0);
    blk_notify(rig);
    blk_await(rig);
    assert_int_equal(rig->written, 513);
    assert_guest_bytes(rig, DATA + 7, rig->memory.now + 2 * 512, 500);
    assert_guest_bytes(rig, DATA + 1007, rig->memory.now + 2 * 512 + 500, 12);
    assert_guest_bytes(rig, DATA + 1019, (const uint8_t[]){S_OK}, 1);
}

static void sectors_beyond_the_end_are_errors(void **state)
{
    struct blk_rig *rig = *state;
    assert_int_equal(blk_run(rig, T_IN, SECTORS - 1, from_device(DATA, 512)), S_OK);
    assert_int_equal(blk_run(rig, T_IN, SECTORS, from_device(DATA, 512)), S_IOERR);
    assert_int_equal(blk_run(rig, T_IN, SECTORS - 1, from_device(DATA, 1024)), S_IOERR);
    assert_int_equal(blk_run(rig, T_IN, UINT64_MAX, from_device(DATA, 512)), S_IOERR);
    assert_int_equal(blk_run(rig, T_IN, UINT64_C(1) << 55, from_device(DATA, 512)), S_IOERR);
    assert_int_equal(blk_run(rig, T_OUT, SECTORS, to_device(DATA, 512)), S_IOERR);
    assert_int_equal(blk_run(rig, T_OUT, UINT64_MAX, to_device(DATA, 1024)), S_IOERR);
    assert_int_equal(rig->memory.calls[MEMORY_WRITE], 0);
}

static void lengths_that_are_no_sectors_are_errors(void **state)
{
    struct blk_rig *rig = *state;
    assert_int_equal(blk_run(rig, T_IN, 0, from_device(DATA, 511)), S_IOERR);
    assert_int_equal(blk_run(rig, T_IN, 0, from_device(DATA, 513)), S_IOERR);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 1)), S_IOERR);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 1023)), S_IOERR);
    assert_int_equal(rig->memory.calls[MEMORY_ANY], 0);
}

static void a_transfer_of_nothing_succeeds(void **state)
{
    struct blk_rig *rig = *state;
    assert_int_equal(blk_run(rig, T_IN, SECTORS, from_device(DATA, 0)), S_OK);
    assert_int_equal(blk_run(rig, T_OUT, SECTORS, to_device(DATA, 0)), S_OK);
    assert_int_equal(rig->written, 1);
}

static void unknown_types_are_unsupported(void **state)
{
    static const uint32_t types[] = {2, 3, 5, 6, 7, 9, 10, 12, 14, 15, 16, 26, 0x80000000, UINT32_MAX};
    struct blk_rig *rig = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        assert_int_equal(blk_run(rig, types[i], 0, from_device(DATA, 512)), S_UNSUPP);
        assert_int_equal(blk_run(rig, types[i], 0, to_device(DATA, 512)), S_UNSUPP);
    }
    assert_int_equal(rig->memory.calls[MEMORY_ANY], 0);
}

static void a_header_cut_short_is_an_error(void **state)
{
    struct blk_rig *rig = *state;
    for (uint32_t bytes = 1; bytes < 16; bytes++) {
        blk_header(rig, HEADERS, T_IN, 0);
        struct model_buffer buffers[2] = {to_device(HEADERS, bytes), from_device(HEADERS + 16, 1)};
        assert_true(driver_add(&rig->driver, buffers, 2, 0) >= 0);
        blk_notify(rig);
        blk_await(rig);
        assert_int_equal(blk_status(rig, HEADERS), S_IOERR);
    }
}

static void a_request_without_room_for_a_status_needs_a_reset(void **state)
{
    struct blk_rig *rig = *state;
    blk_header(rig, HEADERS, T_OUT, 0);
    struct model_buffer buffers[2] = {to_device(HEADERS, 16), to_device(DATA, 512)};
    assert_true(driver_add(&rig->driver, buffers, 2, 0) >= 0);
    blk_notify(rig);
    assert_int_equal(mmio_get(rig, 0x70) & 64, 64);
    assert_int_equal(rig->memory.calls[MEMORY_ANY], 0);
    blk_drive(rig, 0);
    assert_int_equal(blk_run(rig, T_IN, 0, from_device(DATA, 512)), S_OK);
}

static void the_id_is_the_serial_padded_with_zeros(void **state)
{
    static const uint8_t id[24] = "serial-0123";
    struct blk_rig *rig = *state;
    guest_mem_fill(&rig->mem, DATA, 0xff, 64);
    assert_int_equal(blk_run(rig, T_GET_ID, 0, from_device(DATA, 20)), S_OK);
    assert_guest_bytes(rig, DATA, id, 20);
    assert_int_equal(rig->written, 21);
    guest_mem_fill(&rig->mem, DATA, 0xff, 64);
    assert_int_equal(blk_run(rig, T_GET_ID, 0, from_device(DATA, 5)), S_OK);
    assert_guest_bytes(rig, DATA, (const uint8_t *)"seria\xff", 6);
    assert_int_equal(blk_run(rig, T_GET_ID, 0, from_device(DATA, 30)), S_OK);
    assert_int_equal(rig->written, 20);
}

static void a_discard_frees_each_of_its_ranges(void **state)
{
    struct blk_rig *rig = *state;
    for (unsigned i = 0; i < 16; i++)
        blk_put_range(rig, i, i * 8, i % 4, 0);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 16 * 16)), S_OK);
    assert_int_equal(rig->memory.calls[MEMORY_ALLOCATE], 12);
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned sector = 0; sector < 8; sector++) {
            size_t at = (i * 8 + sector) * 512 + 1;
            assert_int_equal(rig->memory.now[at], sector < i % 4 ? 0 : (uint8_t)(at / 512 + at));
        }
    }
}

static void zeroes_are_written_with_and_without_holes(void **state)
{
    struct blk_rig *rig = *state;
    blk_put_range(rig, 0, 4, 2, 0);
    assert_int_equal(blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 16)), S_OK);
    assert_int_equal(rig->memory.last_mode, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
    blk_put_range(rig, 0, 6, 2, 1);
    assert_int_equal(blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 16)), S_OK);
    assert_int_equal(rig->memory.last_mode, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    assert_int_equal(blk_run(rig, T_IN, 4, from_device(DATA, 4 * 512)), S_OK);
    static const uint8_t zeros[4 * 512];
    assert_guest_bytes(rig, DATA, zeros, sizeof zeros);
}

static void flags_that_are_not_known_are_unsupported(void **state)
{
    struct blk_rig *rig = *state;
    blk_put_range(rig, 0, 0, 1, 1);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 16)), S_UNSUPP);
    for (uint32_t flag = 2; flag != 0; flag <<= 1) {
        blk_put_range(rig, 0, 0, 1, flag);
        assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 16)), S_UNSUPP);
        assert_int_equal(blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 16)), S_UNSUPP);
    }
    assert_int_equal(rig->memory.calls[MEMORY_ANY], 0);
}

static void bad_ranges_are_errors_and_touch_nothing(void **state)
{
    struct blk_rig *rig = *state;
    blk_put_range(rig, 0, 0, 1, 0);
    blk_put_range(rig, 1, SECTORS, 1, 0);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 32)), S_IOERR);
    blk_put_range(rig, 1, UINT64_MAX, 2, 0);
    assert_int_equal(blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 32)), S_IOERR);
    blk_put_range(rig, 1, 0, (1 << 21) + 1, 0);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 32)), S_IOERR);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 15)), S_IOERR);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 0)), S_IOERR);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 17 * 16)), S_IOERR);
    assert_int_equal(rig->memory.calls[MEMORY_ANY], 0);
}

static void a_read_only_disk_refuses_every_change(void **state)
{
    struct blk_rig *rig = *state;
    rig->options.read_only = true;
    blk_start(rig);
    blk_drive(rig, 0);
    assert_int_equal(blk_features(rig) & (BIT(F_RO) | BIT(F_DISCARD) | BIT(F_WRITE_ZEROES)), BIT(F_RO));
    assert_int_equal(mmio_get(rig, 0x100 + 36), 0);
    blk_put_range(rig, 0, 0, 1, 0);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_IOERR);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 16)), S_UNSUPP);
    assert_int_equal(blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 16)), S_UNSUPP);
    assert_int_equal(blk_run(rig, T_FLUSH, 0, to_device(DATA, 0)), S_OK);
    assert_int_equal(blk_run(rig, T_IN, 0, from_device(DATA, 512)), S_OK);
    assert_int_equal(rig->memory.calls[MEMORY_WRITE] + rig->memory.calls[MEMORY_ALLOCATE], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLK_TEST(it_offers_what_it_serves),
        BLK_TEST(a_read_gives_the_disks_bytes),
        BLK_TEST(a_write_puts_the_guests_bytes),
        BLK_TEST(requests_longer_than_a_piece_arrive_whole),
        BLK_TEST(every_kind_of_ring_serves),
        BLK_TEST(header_data_and_status_may_lie_anywhere),
        BLK_TEST(sectors_beyond_the_end_are_errors),
        BLK_TEST(lengths_that_are_no_sectors_are_errors),
        BLK_TEST(a_transfer_of_nothing_succeeds),
        BLK_TEST(unknown_types_are_unsupported),
        BLK_TEST(a_header_cut_short_is_an_error),
        BLK_TEST(a_request_without_room_for_a_status_needs_a_reset),
        BLK_TEST(the_id_is_the_serial_padded_with_zeros),
        BLK_TEST(a_discard_frees_each_of_its_ranges),
        BLK_TEST(zeroes_are_written_with_and_without_holes),
        BLK_TEST(flags_that_are_not_known_are_unsupported),
        BLK_TEST(bad_ranges_are_errors_and_touch_nothing),
        BLK_TEST_BARE(a_read_only_disk_refuses_every_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
