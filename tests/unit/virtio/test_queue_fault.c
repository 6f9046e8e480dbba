/* SPDX-License-Identifier: MIT */
/* What drivers do wrong: each fault is named, breaks the queue, and touches nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

enum { SIZE = 8 };

static void expect_fault(struct rig *rig, enum virtq_fault fault)
{
    assert_false(virtq_pop(&rig->q, &rig->chain));
    assert_int_equal(rig->q.fault, fault);
    assert_false(virtq_pop(&rig->q, &rig->chain));
    assert_false(virtq_available(&rig->q));
    assert_true(strlen(virtq_fault_text(fault)) > 10);
}

static void offer(struct rig *rig, const struct model_buffer *buffers, unsigned count, uint16_t extra)
{
    assert_true(driver_add(&rig->driver, buffers, count, extra) >= 0);
}

static void outside(struct rig *rig)
{
    const struct virtq_config config = rig->driver.config;
    static const struct model_buffer bad[] = {
        {0, 1, false},
        {RAM_BASE - 1, 1, true},
        {RAM_END, 1, false},
        {RAM_END - 4, 5, true},
        {UINT64_MAX, 1, false},
        {UINT64_MAX - 3, UINT32_MAX, true},
        {RAM_BASE, UINT32_MAX, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        struct model_buffer buffers[] = {readable(DATA, 8), bad[i]};
        start(rig, &config);
        offer(rig, buffers, 2, 0);
        expect_fault(rig, VIRTQ_BAD_BUFFER);
    }
}

static void buffers_outside_of_memory_are_refused(void **state)
{
    for_each_kind(*state, SIZE, outside);
}

static void last_bytes(struct rig *rig)
{
    struct model_buffer buffers[] = {readable(RAM_END - 4, 4), writable(RAM_BASE, (uint32_t)RAM_BYTES)};
    offer(rig, buffers, 2, 0);
    assert_true(virtq_pop(&rig->q, &rig->chain));
    assert_int_equal(rig->chain.writable_bytes, RAM_BYTES);
}

static void all_of_memory_may_be_a_buffer(void **state)
{
    for_each_kind(*state, SIZE, last_bytes);
}

static void wrong_order(struct rig *rig)
{
    struct model_buffer buffers[] = {writable(DATA, 8), readable(DATA + 64, 8)};
    offer(rig, buffers, 2, 0);
    expect_fault(rig, VIRTQ_BAD_ORDER);
}

static void readable_after_writable_is_refused(void **state)
{
    for_each_kind(*state, SIZE, wrong_order);
}

static void bad_tables(struct rig *rig)
{
    const struct virtq_config config = rig->driver.config;
    static const struct model_buffer bad[] = {
        {TABLE, 0, false},         {TABLE, 15, false},           {TABLE, 17, false},
        {RAM_END - 16, 32, false}, {UINT64_MAX - 15, 16, false}, {0, 16, false},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        start(rig, &config);
        offer(rig, &bad[i], 1, MODEL_INDIRECT);
        expect_fault(rig, VIRTQ_BAD_INDIRECT);
    }
    struct model_buffer inner = readable(DATA, 8);
    struct model_buffer table = driver_table(&rig->driver, TABLE, &inner, 1);
    start(rig, &config);
    offer(rig, &table, 1, MODEL_INDIRECT | MODEL_NEXT);
    expect_fault(rig, VIRTQ_BAD_INDIRECT);
}

static void tables_that_are_not_legal_are_refused(void **state)
{
    for_each_kind(*state, SIZE, bad_tables);
}

static void not_negotiated(struct rig *rig)
{
    struct model_buffer inner = readable(DATA, 8);
    struct model_buffer table = driver_table(&rig->driver, TABLE, &inner, 1);
    rig->q.config.indirect = false;
    offer(rig, &table, 1, MODEL_INDIRECT);
    expect_fault(rig, VIRTQ_BAD_INDIRECT);
}

static void tables_are_refused_where_they_were_not_negotiated(void **state)
{
    for_each_kind(*state, SIZE, not_negotiated);
}

static void endless_tables(struct rig *rig)
{
    enum { ENTRIES = VIRTIO_CHAIN_LIMIT + 1 };
    struct model_buffer inner[ENTRIES];
    for (unsigned i = 0; i < ENTRIES; i++)
        inner[i] = readable(DATA + 32 * (uint64_t)(i % 64), 16);
    struct model_buffer table = driver_table(&rig->driver, TABLE, inner, ENTRIES);
    offer(rig, &table, 1, MODEL_INDIRECT);
    expect_fault(rig, rig->driver.config.packed ? VIRTQ_TOO_LONG : VIRTQ_LOOP);
    const struct virtq_config config = rig->driver.config;
    start(rig, &config);
    table = driver_table(&rig->driver, TABLE, inner, ENTRIES - 1);
    offer(rig, &table, 1, MODEL_INDIRECT);
    assert_true(virtq_pop(&rig->q, &rig->chain));
    assert_int_equal(rig->chain.readable, VIRTIO_CHAIN_LIMIT);
}

static void tables_have_an_end(void **state)
{
    for_each_kind(*state, SIZE, endless_tables);
}

static void start_split(struct rig *rig)
{
    struct virtq_config config = kind(false, false, SIZE);
    start(rig, &config);
}

static void a_table_in_a_table_is_refused(void **state)
{
    struct rig *rig = *state;
    start_split(rig);
    struct model_buffer inner = readable(DATA, 8);
    struct model_buffer table = driver_table(&rig->driver, TABLE, &inner, 1);
    driver_put_descriptor(&rig->driver, TABLE + 0x100, &table, MODEL_INDIRECT, 0);
    struct model_buffer outer = readable(TABLE + 0x100, 16);
    offer(rig, &outer, 1, MODEL_INDIRECT);
    expect_fault(rig, VIRTQ_BAD_INDIRECT);
}

static void a_chain_that_is_a_loop_is_refused(void **state)
{
    struct rig *rig = *state;
    for (uint16_t back = 0; back < SIZE; back++) {
        start_split(rig);
        struct model_buffer buffer = readable(DATA, 8);
        for (uint16_t i = 0; i < SIZE; i++)
            driver_put_descriptor(&rig->driver, driver_descriptor(&rig->driver, i), &buffer, MODEL_NEXT,
                                  i + 1 < SIZE ? (uint16_t)(i + 1) : back);
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, 1);
        expect_fault(rig, VIRTQ_LOOP);
    }
}

static void a_packed_list_without_end_is_refused(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(true, false, SIZE);
    start(rig, &config);
    struct model_buffer buffer = readable(DATA, 8);
    for (unsigned i = 0; i < SIZE; i++)
        driver_put_descriptor(&rig->driver, driver_descriptor(&rig->driver, i), &buffer, MODEL_NEXT | MODEL_AVAIL, 0);
    expect_fault(rig, VIRTQ_LOOP);
}

static void a_packed_list_may_not_hold_a_table(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(true, false, SIZE);
    start(rig, &config);
    struct model_buffer inner = readable(DATA, 8);
    struct model_buffer buffers[] = {inner, driver_table(&rig->driver, TABLE, &inner, 1)};
    offer(rig, buffers, 2, MODEL_INDIRECT);
    expect_fault(rig, VIRTQ_BAD_INDIRECT);
}

static void indices_beyond_the_table_are_refused(void **state)
{
    struct rig *rig = *state;
    static const uint16_t bad[] = {SIZE, SIZE + 1, 0x7fff, 0xffff};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        start_split(rig);
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 4, bad[i]);
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, 1);
        expect_fault(rig, VIRTQ_BAD_DESCRIPTOR_INDEX);
        start_split(rig);
        struct model_buffer buffer = readable(DATA, 8);
        driver_put_descriptor(&rig->driver, DESCRIPTORS, &buffer, MODEL_NEXT, bad[i]);
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, 1);
        expect_fault(rig, VIRTQ_BAD_DESCRIPTOR_INDEX);
    }
}

static void an_available_index_too_far_ahead_is_refused(void **state)
{
    struct rig *rig = *state;
    static const uint16_t bad[] = {SIZE + 1, 0x8000, 0xffff};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        start_split(rig);
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, bad[i]);
        expect_fault(rig, VIRTQ_BAD_AVAIL_INDEX);
    }
}

/* The same descriptor over and over, as fast as the device takes it. */
static void no_more_buffers_are_out_than_the_queue_holds(void **state)
{
    struct rig *rig = *state;
    start_split(rig);
    struct model_buffer buffer = writable(DATA, 8);
    driver_put_descriptor(&rig->driver, DESCRIPTORS, &buffer, MODEL_WRITE, 0);
    for (uint16_t i = 1; i <= SIZE; i++) {
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, i);
        assert_true(virtq_pop(&rig->q, &rig->chain));
    }
    guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, SIZE + 1);
    expect_fault(rig, VIRTQ_OVERRUN);
}

static void a_packed_ring_that_is_offered_twice_is_refused(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(true, false, SIZE);
    start(rig, &config);
    struct model_buffer buffer = writable(DATA, 8);
    for (unsigned i = 0; i < SIZE; i++) {
        offer(rig, &buffer, 1, 0);
        assert_true(virtq_pop(&rig->q, &rig->chain));
    }
    driver_put_descriptor(&rig->driver, DESCRIPTORS, &buffer, MODEL_USED, 0);
    expect_fault(rig, VIRTQ_OVERRUN);
}

static void a_broken_queue_gives_nothing_back(void **state)
{
    struct rig *rig = *state;
    start_split(rig);
    struct model_buffer buffer = writable(DATA, 8);
    offer(rig, &buffer, 1, 0);
    assert_true(virtq_pop(&rig->q, &rig->chain));
    struct virtio_token token = rig->chain.token;
    guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, 0x4000);
    expect_fault(rig, VIRTQ_BAD_AVAIL_INDEX);
    virtq_push(&rig->q, &token, 8);
    assert_false(virtq_take_signal(&rig->q));
    uint32_t id, written;
    assert_false(driver_used(&rig->driver, &id, &written));
}

static enum virtq_fault start_with(struct rig *rig, struct virtq_config config)
{
    return virtq_start(&rig->q, &rig->mem, &config);
}

static void illegal_sizes_are_refused(void **state)
{
    struct rig *rig = *state;
    static const uint16_t sizes[] = {0, 3, 6, 513, 1024, 0xffff};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        assert_int_equal(start_with(rig, kind(false, false, sizes[i])), VIRTQ_BAD_SIZE);
    assert_int_equal(start_with(rig, kind(true, false, 0)), VIRTQ_BAD_SIZE);
    assert_int_equal(start_with(rig, kind(true, false, 513)), VIRTQ_BAD_SIZE);
    assert_int_equal(start_with(rig, kind(true, false, 3)), VIRTQ_OK);
    assert_int_equal(start_with(rig, kind(false, false, 1)), VIRTQ_OK);
}

static void place(struct rig *rig, bool packed, uint64_t descriptors, uint64_t driver, uint64_t device, bool good)
{
    struct virtq_config config = {packed, true, true, SIZE, descriptors, driver, device};
    assert_int_equal(start_with(rig, config), good ? VIRTQ_OK : VIRTQ_BAD_PLACE);
}

static void rings_must_be_aligned_and_in_memory(void **state)
{
    struct rig *rig = *state;
    for (unsigned packed = 0; packed < 2; packed++) {
        uint64_t driver_bytes = packed ? 4 : 6 + 2 * SIZE, device_bytes = packed ? 4 : 6 + 8 * SIZE;
        uint64_t device_end = (RAM_END - device_bytes) & ~UINT64_C(3);
        place(rig, packed, DESCRIPTORS + 8, DRIVER_AREA, DEVICE_AREA, false);
        place(rig, packed, DESCRIPTORS, DRIVER_AREA + 1, DEVICE_AREA, false);
        place(rig, packed, DESCRIPTORS, DRIVER_AREA + 2, DEVICE_AREA, !packed);
        place(rig, packed, DESCRIPTORS, DRIVER_AREA, DEVICE_AREA + 2, false);
        place(rig, packed, RAM_END - 16 * SIZE, DRIVER_AREA, DEVICE_AREA, true);
        place(rig, packed, RAM_END - 16 * SIZE + 16, DRIVER_AREA, DEVICE_AREA, false);
        place(rig, packed, DESCRIPTORS, RAM_END - driver_bytes, DEVICE_AREA, true);
        place(rig, packed, DESCRIPTORS, RAM_END - driver_bytes + 4, DEVICE_AREA, false);
        place(rig, packed, DESCRIPTORS, DRIVER_AREA, device_end, true);
        place(rig, packed, DESCRIPTORS, DRIVER_AREA, device_end + 4, false);
        place(rig, packed, 0, DRIVER_AREA, DEVICE_AREA, false);
        place(rig, packed, UINT64_MAX - 15, DRIVER_AREA, DEVICE_AREA, false);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(buffers_outside_of_memory_are_refused),
        TEST(all_of_memory_may_be_a_buffer),
        TEST(readable_after_writable_is_refused),
        TEST(tables_that_are_not_legal_are_refused),
        TEST(tables_are_refused_where_they_were_not_negotiated),
        TEST(tables_have_an_end),
        TEST(a_table_in_a_table_is_refused),
        TEST(a_chain_that_is_a_loop_is_refused),
        TEST(a_packed_list_without_end_is_refused),
        TEST(a_packed_list_may_not_hold_a_table),
        TEST(indices_beyond_the_table_are_refused),
        TEST(an_available_index_too_far_ahead_is_refused),
        TEST(no_more_buffers_are_out_than_the_queue_holds),
        TEST(a_packed_ring_that_is_offered_twice_is_refused),
        TEST(a_broken_queue_gives_nothing_back),
        TEST(illegal_sizes_are_refused),
        TEST(rings_must_be_aligned_and_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
