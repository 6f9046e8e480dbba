/* SPDX-License-Identifier: MIT */
/* The block device's requests in flight: when they complete, what a flush promises, resets in their midst, failing disks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "blk_fixture.h"

static void a_request_completes_at_its_tick_and_not_before(void **state)
{
    struct blk_rig *rig = *state;
    rig->clock.ticks = 12345;
    uint64_t header = blk_offer(rig, 0, T_IN, 0, from_device(DATA, 512));
    blk_notify(rig);
    assert_int_equal(disk_next_deadline(rig->disk), 12345 + LATENCY);
    rig->clock.ticks += LATENCY - 1;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, header), S_NONE);
    assert_false(rig->lines.level[0]);
    rig->clock.ticks++;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, header), S_OK);
    assert_true(rig->lines.level[0]);
}

/* More than the disk holds at a time. */
static void a_full_queue_is_served_to_its_end(void **state)
{
    struct blk_rig *rig = *state;
    blk_drive(rig, BIT(VIRTIO_F_EVENT_IDX));
    for (unsigned i = 0; i < 42; i++)
        blk_offer(rig, i, T_IN, i, from_device(DATA + i * 512, 512));
    blk_notify(rig);
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, HEADERS + 32 * (DISK_REQUESTS - 1)), S_OK);
    assert_int_equal(blk_status(rig, HEADERS + 32 * DISK_REQUESTS), S_NONE);
    assert_int_equal(rig->lines.edges, 1);
    for (unsigned i = 0; i < 42; i++)
        blk_await(rig);
    assert_guest_bytes(rig, DATA, rig->memory.now, 42 * 512);
}

/* The transport, the device, the disk's results. */
struct saved_blk {
    uint8_t bytes[3][1 << 16];
    size_t count[3];
};

static struct state_part blk_part(const struct blk_rig *rig, unsigned n)
{
    const struct state_part transport = {.name = "slot", .object = rig->dev->state, .table = rig->dev->saved};
    return n == 0 ? transport : n == 1 ? *rig->dev->behind : disk_part(rig->disk);
}

static void save_parts(const struct blk_rig *rig, struct saved_blk *saved)
{
    for (unsigned n = 0; n < 3; n++) {
        struct state_part part = blk_part(rig, n);
        saved->count[n] = state_part_bytes(&part);
        assert_true(saved->count[n] <= sizeof saved->bytes[n]);
        state_part_save(&part, saved->bytes[n]);
    }
}

static void load_parts(const struct blk_rig *rig, const struct saved_blk *saved)
{
    struct error err = {""};
    for (unsigned n = 0; n < 3; n++) {
        struct state_part part = blk_part(rig, n);
        if (!state_part_load(&part, saved->bytes[n], saved->count[n], &err))
            fail_msg("%s", err.text);
    }
}

/* The host performs nothing twice: the disk has changed since. */
static void requests_in_flight_that_are_loaded_complete_at_their_ticks_with_what_was_read(void **state)
{
    struct blk_rig *rig = *state;
    static struct saved_blk saved;
    static uint8_t before[42 * 512];
    memcpy(before, rig->memory.now, sizeof before);
    rig->clock.ticks = 7000;
    for (unsigned i = 0; i < 42; i++)
        blk_offer(rig, i, T_IN, i, from_device(DATA + i * 512, 512));
    blk_notify(rig);
    disk_settle(rig->disk);
    save_parts(rig, &saved);
    rig->dev->reset(rig->dev->state);
    memset(rig->memory.now, 0x5a, 32 * 512);
    load_parts(rig, &saved);
    assert_int_equal(disk_next_deadline(rig->disk), 7000 + LATENCY);
    rig->clock.ticks += LATENCY - 1;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, HEADERS), S_NONE);
    rig->clock.ticks++;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, HEADERS + 32 * (DISK_REQUESTS - 1)), S_OK);
    assert_int_equal(blk_status(rig, HEADERS + 32 * DISK_REQUESTS), S_NONE);
    for (unsigned i = 0; i < 42; i++)
        blk_await(rig);
    assert_guest_bytes(rig, DATA, before, sizeof before);
}

static void a_request_whose_result_was_not_saved_fails(void **state)
{
    struct blk_rig *rig = *state;
    static struct saved_blk saved;
    uint64_t header = blk_offer(rig, 0, T_IN, 0, from_device(DATA, 512));
    blk_notify(rig);
    save_parts(rig, &saved);
    saved.count[2] = 0;
    load_parts(rig, &saved);
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, header), S_IOERR);
}

/* Saved again it is the same, and so are the requests that have more than one piece. */
static void what_is_in_flight_is_saved_as_it_was_loaded(void **state)
{
    struct blk_rig *rig = *state;
    static struct saved_blk saved, again;
    blk_put_range(rig, 0, 8, 8, 0);
    blk_put_range(rig, 1, 16, 8, 0);
    blk_offer(rig, 0, T_WRITE_ZEROES, 0, to_device(DATA, 32));
    blk_offer(rig, 1, T_IN, 0, from_device(DATA + 4096, 512));
    blk_notify(rig);
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    disk_settle(rig->disk);
    assert_int_equal(disk_in_flight(rig->disk), 1); /* the second range */
    save_parts(rig, &saved);
    rig->dev->reset(rig->dev->state);
    load_parts(rig, &saved);
    save_parts(rig, &again);
    for (unsigned n = 0; n < 3; n++) {
        assert_int_equal(again.count[n], saved.count[n]);
        assert_memory_equal(again.bytes[n], saved.bytes[n], saved.count[n]);
    }
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, HEADERS), S_OK);
}

/* Every byte of what is in flight, once: a lie is refused, or does no harm. */
static void a_device_survives_any_requests_in_flight_that_it_takes(void **state)
{
    struct blk_rig *rig = *state;
    static struct saved_blk saved, bent;
    uint64_t random = 1;
    unsigned taken = 0, refused = 0;
    for (unsigned i = 0; i < 3; i++)
        blk_offer(rig, i, i == 1 ? T_OUT : T_IN, i, i == 1 ? to_device(DATA, 512) : from_device(DATA, 512));
    blk_notify(rig);
    disk_settle(rig->disk);
    save_parts(rig, &saved);
    for (unsigned round = 0; round < 20000; round++) {
        struct state_part flight = blk_part(rig, 1), results = blk_part(rig, 2);
        load_parts(rig, &saved);
        bent = saved;
        unsigned part = 1 + (unsigned)splitmix_below(&random, 2);
        bent.bytes[part][splitmix_below(&random, saved.count[part])] = (uint8_t)splitmix_next(&random);
        bool ok = state_part_load(&flight, bent.bytes[1], bent.count[1], NULL) &&
                  state_part_load(&results, bent.bytes[2], bent.count[2], NULL);
        *(ok ? &taken : &refused) += 1;
        rig->clock.ticks += LATENCY;
        virtio_blk_poll(rig->blk);
        disk_settle(rig->disk);
    }
    assert_true(taken > 1000 && refused > 1000);
}

static void a_flush_makes_completed_writes_stable(void **state)
{
    struct blk_rig *rig = *state;
    guest_mem_fill(&rig->mem, DATA, 0xab, 512);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_OK);
    assert_int_equal(rig->memory.calls[MEMORY_SYNC], 0);
    assert_int_equal(blk_run(rig, T_FLUSH, 0, to_device(DATA, 0)), S_OK);
    assert_int_equal(rig->memory.stable[511], 0xab);
}

static bool write_is_stable(struct blk_rig *rig, uint8_t byte, uint32_t length)
{
    guest_mem_fill(&rig->mem, DATA, byte, length);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, length)), S_OK);
    return rig->memory.stable[0] == byte && rig->memory.stable[length - 1] == byte;
}

/* VirtIO 1.3 5.2.6.2 */
static void the_driver_switches_between_writeback_and_writethrough(void **state)
{
    struct blk_rig *rig = *state;
    assert_false(write_is_stable(rig, 1, 512));
    reg_set(rig->dev, 0x100 + WRITEBACK, 1, 0);
    assert_int_equal(reg_get(rig->dev, 0x100 + WRITEBACK, 1), 0);
    assert_true(write_is_stable(rig, 2, 512));
    unsigned syncs = rig->memory.calls[MEMORY_SYNC];
    assert_true(write_is_stable(rig, 3, MEMORY_DISK_BYTES));
    assert_int_equal(rig->memory.calls[MEMORY_SYNC], syncs + 1);
    blk_put_range(rig, 0, 0, 1, 0);
    assert_int_equal(blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 16)), S_OK);
    assert_int_equal(rig->memory.stable[0], 0);
    reg_set(rig->dev, 0x100 + WRITEBACK, 1, 1);
    assert_false(write_is_stable(rig, 4, 512));
    reg_set(rig->dev, 0x100 + WRITEBACK, 1, 0);
    blk_drive(rig, 0);
    assert_int_equal(reg_get(rig->dev, 0x100 + WRITEBACK, 1), 1);
}

static void a_driver_without_flushes_gets_writethrough(void **state)
{
    struct blk_rig *rig = *state;
    blk_drive(rig, BIT(F_FLUSH) | BIT(F_CONFIG_WCE));
    assert_true(write_is_stable(rig, 1, 512));
    blk_drive(rig, BIT(F_FLUSH));
    assert_int_equal(reg_get(rig->dev, 0x100 + WRITEBACK, 1), 0);
    assert_true(write_is_stable(rig, 2, 512));
    blk_drive(rig, BIT(F_CONFIG_WCE));
    assert_false(write_is_stable(rig, 3, 512));
    reg_set(rig->dev, 0x100 + WRITEBACK, 1, 0);
    assert_false(write_is_stable(rig, 4, 512));
}

static void a_writethrough_disk_begins_as_one(void **state)
{
    struct blk_rig *rig = *state;
    rig->options.cache = DISK_CACHE_WRITETHROUGH;
    blk_start(rig);
    blk_drive(rig, 0);
    assert_int_equal(reg_get(rig->dev, 0x100 + WRITEBACK, 1), 0);
    assert_true(write_is_stable(rig, 1, 512));
    blk_drive(rig, BIT(F_CONFIG_WCE));
    assert_true(write_is_stable(rig, 2, 512));
}

static void what_the_disk_refuses_is_an_error_for_the_guest(void **state)
{
    struct blk_rig *rig = *state;
    rig->memory.fail_call[MEMORY_READ] = 2;
    rig->memory.fail_call[MEMORY_WRITE] = 1;
    rig->memory.fail_call[MEMORY_ALLOCATE] = 1;
    rig->memory.fail_with = ENOSPC;
    guest_mem_fill(&rig->mem, DATA, 0xcd, MEMORY_DISK_BYTES);
    assert_int_equal(blk_run(rig, T_IN, 0, from_device(DATA, 2 * DISK_DATA_BYTES)), S_IOERR);
    assert_int_equal(rig->written, DISK_DATA_BYTES);
    assert_guest_bytes(rig, DATA, rig->memory.now, DISK_DATA_BYTES);
    assert_guest_bytes(rig, DATA + DISK_DATA_BYTES, (const uint8_t *)"\xcd\xcd", 2);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_IOERR);
    blk_put_range(rig, 0, 0, 1, 0);
    assert_int_equal(blk_run(rig, T_DISCARD, 0, to_device(DATA, 16)), S_IOERR);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_OK);
}

static void a_failed_flush_fails_all_later_ones(void **state)
{
    struct blk_rig *rig = *state;
    rig->memory.fail_call[MEMORY_SYNC] = 1;
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_OK);
    assert_int_equal(blk_run(rig, T_FLUSH, 0, to_device(DATA, 0)), S_IOERR);
    blk_drive(rig, 0);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_OK);
    assert_int_equal(blk_run(rig, T_FLUSH, 0, to_device(DATA, 0)), S_IOERR);
    reg_set(rig->dev, 0x100 + WRITEBACK, 1, 0);
    assert_int_equal(blk_run(rig, T_OUT, 0, to_device(DATA, 512)), S_IOERR);
}

/* 32 reads and writes on their way. */
static void fill_the_disk(struct blk_rig *rig)
{
    guest_mem_fill(&rig->mem, DATA, 0x99, DISK_REQUESTS * 512);
    for (unsigned i = 0; i < DISK_REQUESTS; i++)
        blk_offer(rig, i, i % 2 ? T_OUT : T_IN, i, (struct model_buffer){DATA + i * 512, 512, i % 2 == 0});
    blk_notify(rig);
}

static void assert_untouched(struct blk_rig *rig)
{
    uint8_t before[512];
    memset(before, 0x99, sizeof before);
    for (unsigned i = 0; i < DISK_REQUESTS; i++) {
        assert_guest_bytes(rig, DATA + i * 512, before, sizeof before);
        assert_int_equal(blk_status(rig, HEADERS + 32 * i), S_NONE);
    }
}

static void nothing_touches_the_guest_after_a_reset(void **state)
{
    struct blk_rig *rig = *state;
    fill_the_disk(rig);
    mmio_set(rig, 0x70, 0);
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    assert_untouched(rig);
    assert_false(rig->lines.level[0]);
    assert_int_equal(rig->lines.edges, 0);
    blk_drive(rig, 0);
    assert_int_equal(blk_run(rig, T_IN, 1, from_device(DATA, 512)), S_OK);
    assert_guest_bytes(rig, DATA, rig->memory.now + 512, 512);
}

static void a_device_driven_anew_waits_for_the_requests_of_before(void **state)
{
    struct blk_rig *rig = *state;
    fill_the_disk(rig);
    blk_drive(rig, 0);
    rig->clock.ticks += LATENCY / 2;
    uint64_t header = blk_offer(rig, 100, T_IN, 0, from_device(DATA + 0x10000, 512));
    blk_notify(rig);
    rig->clock.ticks += LATENCY / 2;
    virtio_blk_poll(rig->blk);
    assert_untouched(rig);
    assert_int_equal(blk_status(rig, header), S_NONE);
    blk_await(rig);
    assert_int_equal(blk_status(rig, header), S_OK);
    assert_guest_bytes(rig, DATA + 0x10000, rig->memory.now, 512);
}

static void nothing_touches_the_guest_after_a_queue_is_stopped(void **state)
{
    struct blk_rig *rig = *state;
    fill_the_disk(rig);
    mmio_set(rig, 0x30, 0);
    mmio_set(rig, 0x44, 0);
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    assert_untouched(rig);
}

static void a_device_that_needs_a_reset_touches_nothing(void **state)
{
    struct blk_rig *rig = *state;
    guest_mem_fill(&rig->mem, DATA, 0x99, 512);
    uint64_t header = blk_offer(rig, 0, T_IN, 0, from_device(DATA, 512));
    blk_notify(rig);
    struct model_buffer outside[2] = {to_device(0x1000, 16), from_device(DATA, 1)};
    assert_true(driver_add(&rig->driver, outside, 2, 0) >= 0);
    blk_notify(rig);
    assert_int_equal(mmio_get(rig, 0x70) & 64, 64);
    rig->clock.ticks += LATENCY;
    virtio_blk_poll(rig->blk);
    assert_int_equal(blk_status(rig, header), S_NONE);
    assert_guest_bytes(rig, DATA, (const uint8_t *)"\x99\x99", 2);
    blk_drive(rig, 0);
    assert_int_equal(blk_run(rig, T_IN, 0, from_device(DATA, 512)), S_OK);
}

static void closing_the_disk_completes_nothing(void **state)
{
    struct blk_rig *rig = *state;
    fill_the_disk(rig);
    assert_true(disk_close(rig->disk, NULL));
    rig->disk = NULL;
    assert_untouched(rig);
    assert_int_equal(rig->memory.stable[512], 0x99);
}

/* Reads, writes, discards and flushes; what succeeds must be true. */
static void mixed_work(struct blk_rig *rig, int *expected)
{
    for (unsigned i = 0; i < 8; i++) {
        guest_mem_fill(&rig->mem, DATA, (uint8_t)(i + 1), 1024);
        bool written = blk_run(rig, T_OUT, i, to_device(DATA, 1024)) == S_OK;
        expected[i] = expected[i + 1] = written ? (int)i + 1 : -1;
        bool flushed = blk_run(rig, T_FLUSH, 0, to_device(DATA, 0)) == S_OK;
        if (flushed && expected[i] >= 0)
            assert_int_equal(rig->memory.stable[i * 512], expected[i]);
        bool read = blk_run(rig, T_IN, i, from_device(DATA, 512)) == S_OK;
        if (read && expected[i] >= 0)
            assert_guest_bytes(rig, DATA, (const uint8_t[]){(uint8_t)expected[i]}, 1);
    }
    blk_put_range(rig, 0, 0, 4, 0);
    if (blk_run(rig, T_WRITE_ZEROES, 0, to_device(DATA, 16)) == S_OK)
        assert_int_equal(rig->memory.now[4 * 512 - 1], 0);
}

static void every_nth_call_to_the_host_may_fail(void **state)
{
    struct blk_rig *rig = *state;
    unsigned n = 1;
    for (bool reached = true; reached; n++) {
        int expected[16];
        memset(&rig->memory, 0, sizeof rig->memory);
        rig->memory.fail_call[MEMORY_ANY] = n;
        blk_start(rig);
        blk_drive(rig, 0);
        mixed_work(rig, expected);
        reached = rig->memory.calls[MEMORY_ANY] >= n;
        blk_stop(rig);
    }
    assert_true(n > 8 * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLK_TEST(a_request_completes_at_its_tick_and_not_before),
        BLK_TEST(a_full_queue_is_served_to_its_end),
        BLK_TEST(requests_in_flight_that_are_loaded_complete_at_their_ticks_with_what_was_read),
        BLK_TEST(a_request_whose_result_was_not_saved_fails),
        BLK_TEST(what_is_in_flight_is_saved_as_it_was_loaded),
        BLK_TEST(a_device_survives_any_requests_in_flight_that_it_takes),
        BLK_TEST(a_flush_makes_completed_writes_stable),
        BLK_TEST(the_driver_switches_between_writeback_and_writethrough),
        BLK_TEST(a_driver_without_flushes_gets_writethrough),
        BLK_TEST_BARE(a_writethrough_disk_begins_as_one),
        BLK_TEST(what_the_disk_refuses_is_an_error_for_the_guest),
        BLK_TEST(a_failed_flush_fails_all_later_ones),
        BLK_TEST(nothing_touches_the_guest_after_a_reset),
        BLK_TEST(a_device_driven_anew_waits_for_the_requests_of_before),
        BLK_TEST(nothing_touches_the_guest_after_a_queue_is_stopped),
        BLK_TEST(a_device_that_needs_a_reset_touches_nothing),
        BLK_TEST(closing_the_disk_completes_nothing),
        BLK_TEST_BARE(every_nth_call_to_the_host_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
