/* SPDX-License-Identifier: MIT */
/* The queue against a driver that keeps the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

static void expect_empty(struct rig *rig)
{
    assert_false(virtq_available(&rig->q));
    assert_false(virtq_pop(&rig->q, &rig->chain));
    assert_int_equal(rig->q.fault, VIRTQ_OK);
}

static void expect_pop(struct rig *rig)
{
    assert_true(virtq_available(&rig->q));
    assert_true(virtq_pop(&rig->q, &rig->chain));
}

static void give_back(struct rig *rig, uint32_t written)
{
    virtq_push(&rig->q, &rig->chain.token, written);
}

static void expect_used(struct rig *rig, int id, uint32_t written)
{
    uint32_t used_id = 0, used_written = 0;
    assert_true(driver_used(&rig->driver, &used_id, &used_written));
    assert_int_equal(used_id, id);
    assert_int_equal(used_written, written);
}

static void expect_none_used(struct rig *rig)
{
    uint32_t id, written;
    assert_false(driver_used(&rig->driver, &id, &written));
}

static void expect_range(const struct rig *rig, unsigned i, uint64_t gpa, uint32_t bytes)
{
    assert_int_equal(rig->chain.ranges[i].gpa, gpa);
    assert_int_equal(rig->chain.ranges[i].bytes, bytes);
}

static void ranges(struct rig *rig)
{
    struct model_buffer buffers[] = {readable(DATA, 16), readable(DATA + 0x100, 1), writable(DATA + 0x200, 512),
                                     writable(DATA + 0x500, 3)};
    expect_empty(rig);
    int id = driver_add(&rig->driver, buffers, 4, 0);
    expect_pop(rig);
    assert_int_equal(rig->chain.readable, 2);
    assert_int_equal(rig->chain.writable, 2);
    assert_int_equal(rig->chain.readable_bytes, 17);
    assert_int_equal(rig->chain.writable_bytes, 515);
    expect_range(rig, 0, DATA, 16);
    expect_range(rig, 1, DATA + 0x100, 1);
    expect_range(rig, 2, DATA + 0x200, 512);
    expect_range(rig, 3, DATA + 0x500, 3);
    expect_empty(rig);
    expect_none_used(rig);
    give_back(rig, 77);
    expect_used(rig, id, 77);
    expect_none_used(rig);
}

static void a_chain_comes_out_as_it_went_in(void **state)
{
    for_each_kind(*state, 8, ranges);
}

static void neighbours(struct rig *rig)
{
    struct model_buffer buffers[] = {readable(DATA, 16),      readable(DATA + 16, 16), readable(DATA + 99, 0),
                                     writable(DATA + 32, 16), writable(DATA + 48, 16), writable(DATA, 16)};
    driver_add(&rig->driver, buffers, 6, 0);
    expect_pop(rig);
    assert_int_equal(rig->chain.readable, 1);
    assert_int_equal(rig->chain.writable, 2);
    expect_range(rig, 0, DATA, 32);
    expect_range(rig, 1, DATA + 32, 32);
    expect_range(rig, 2, DATA, 16);
}

static void neighbours_become_one_range_and_empty_ones_none(void **state)
{
    for_each_kind(*state, 8, neighbours);
}

static void out_of_order(struct rig *rig)
{
    struct virtio_token tokens[3];
    int ids[3];
    struct model_buffer buffers[] = {writable(DATA, 64), writable(DATA + 0x1000, 64)};
    for (unsigned i = 0; i < 3; i++)
        ids[i] = driver_add(&rig->driver, buffers, 1 + i % 2, 0);
    for (unsigned i = 0; i < 3; i++) {
        expect_pop(rig);
        tokens[i] = rig->chain.token;
    }
    virtq_push(&rig->q, &tokens[1], 11);
    virtq_push(&rig->q, &tokens[2], 22);
    expect_used(rig, ids[1], 11);
    virtq_push(&rig->q, &tokens[0], 33);
    expect_used(rig, ids[2], 22);
    expect_used(rig, ids[0], 33);
    expect_none_used(rig);
}

static void buffers_may_be_given_back_in_any_order(void **state)
{
    for_each_kind(*state, 4, out_of_order);
}

static void many_rounds(struct rig *rig)
{
    struct model_buffer buffers[] = {readable(DATA, 8), writable(DATA + 64, 8), writable(DATA + 128, 8)};
    for (uint32_t i = 0; i < 70000; i++) {
        int id = driver_add(&rig->driver, buffers, 1 + i % 3, 0);
        expect_pop(rig);
        assert_int_equal(rig->chain.readable + rig->chain.writable, 1 + i % 3);
        give_back(rig, i);
        expect_used(rig, id, i);
    }
    expect_empty(rig);
    assert_int_equal(rig->q.taken, 0);
}

static void indices_and_wrap_counters_wrap_without_end(void **state)
{
    for_each_kind(*state, 4, many_rounds);
}

static void a_packed_ring_may_have_any_size(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(true, true, 5);
    start(rig, &config);
    many_rounds(rig);
}

static void full(struct rig *rig)
{
    struct model_buffer buffer = writable(DATA, 8);
    for (unsigned i = 0; i < 8; i++)
        assert_true(driver_add(&rig->driver, &buffer, 1, 0) >= 0);
    assert_int_equal(driver_add(&rig->driver, &buffer, 1, 0), -1);
    struct virtio_token tokens[8];
    for (unsigned i = 0; i < 8; i++) {
        expect_pop(rig);
        tokens[i] = rig->chain.token;
    }
    expect_empty(rig);
    for (unsigned i = 0; i < 8; i++)
        virtq_push(&rig->q, &tokens[7 - i], 8);
    uint32_t id, written;
    for (unsigned i = 0; i < 8; i++)
        assert_true(driver_used(&rig->driver, &id, &written));
    expect_none_used(rig);
}

static void a_full_queue_can_be_held_as_a_whole(void **state)
{
    for_each_kind(*state, 8, full);
}

static void indirect(struct rig *rig)
{
    struct model_buffer inner[20];
    for (unsigned i = 0; i < 20; i++)
        inner[i] = (struct model_buffer){DATA + 0x100 * i, 16, i >= 5};
    struct model_buffer table = driver_table(&rig->driver, TABLE, inner, 20);
    table.write = true; /* to be ignored */
    int id = driver_add(&rig->driver, &table, 1, MODEL_INDIRECT);
    expect_pop(rig);
    assert_int_equal(rig->chain.readable, 5);
    assert_int_equal(rig->chain.writable, 15);
    expect_range(rig, 19, DATA + 0x1300, 16);
    give_back(rig, 240);
    expect_used(rig, id, 240);
}

static void an_indirect_table_may_be_longer_than_the_queue(void **state)
{
    for_each_kind(*state, 4, indirect);
}

static void a_split_chain_may_end_in_a_table(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(false, false, 8);
    start(rig, &config);
    struct model_buffer inner[] = {readable(DATA + 0x100, 4), writable(DATA + 0x200, 8)};
    struct model_buffer buffers[] = {readable(DATA, 2), driver_table(&rig->driver, TABLE, inner, 2)};
    driver_add(&rig->driver, buffers, 2, MODEL_INDIRECT);
    expect_pop(rig);
    assert_int_equal(rig->chain.readable_bytes, 6);
    assert_int_equal(rig->chain.writable_bytes, 8);
}

static void kicks(struct rig *rig)
{
    struct model_buffer buffer = writable(DATA, 8);
    expect_empty(rig);
    for (unsigned i = 0; i < 300; i++) {
        driver_add(&rig->driver, &buffer, 1, 0);
        assert_true(driver_must_kick(&rig->driver));
        assert_true(virtq_pop(&rig->q, &rig->chain));
        expect_empty(rig);
        give_back(rig, 0);
        uint32_t id, written;
        assert_true(driver_used(&rig->driver, &id, &written));
    }
}

static void the_driver_is_asked_to_notify_after_an_empty_look(void **state)
{
    for_each_kind(*state, 8, kicks);
}

static void no_kicks(struct rig *rig)
{
    struct model_buffer buffer = writable(DATA, 8);
    expect_empty(rig);
    virtq_want_notify(&rig->q, false);
    driver_add(&rig->driver, &buffer, 1, 0);
    assert_false(driver_must_kick(&rig->driver));
    expect_pop(rig);
    virtq_want_notify(&rig->q, true);
    driver_add(&rig->driver, &buffer, 1, 0);
    driver_must_kick(&rig->driver);
    expect_pop(rig);
    virtq_want_notify(&rig->q, false);
    expect_empty(rig);
    driver_add(&rig->driver, &buffer, 1, 0);
    assert_false(driver_must_kick(&rig->driver));
    expect_pop(rig);
    virtq_want_notify(&rig->q, true);
    driver_add(&rig->driver, &buffer, 1, 0);
    assert_true(driver_must_kick(&rig->driver));
}

static void a_device_may_do_without_notifications(void **state)
{
    for_each_kind(*state, 8, no_kicks);
}

/* One buffer after the other: with the interrupt wanted each one raises it, without none does. */
static void interrupts(struct rig *rig)
{
    struct model_buffer buffer = writable(DATA, 8);
    uint32_t id, written;
    for (unsigned i = 0; i < 300; i++) {
        bool wanted = i % 3 != 0;
        driver_want_interrupt(&rig->driver, wanted);
        driver_add(&rig->driver, &buffer, 1, 0);
        expect_pop(rig);
        assert_false(virtq_take_signal(&rig->q));
        give_back(rig, 0);
        assert_int_equal(virtq_take_signal(&rig->q), wanted);
        assert_false(virtq_take_signal(&rig->q));
        assert_true(driver_used(&rig->driver, &id, &written));
    }
}

static void interrupts_come_when_the_driver_wants_them(void **state)
{
    for_each_kind(*state, 8, interrupts);
    struct virtq_config config = kind(true, true, 7);
    start(*state, &config);
    interrupts(*state);
}

/* The driver asks for an interrupt after its n-th used buffer from now; batches of m must raise it exactly when they
 * reach that one. */
static void event_in_batches(struct rig *rig, unsigned ahead, unsigned batch)
{
    struct model_buffer buffer = writable(DATA, 8);
    uint16_t size = rig->driver.config.size;
    unsigned at = rig->driver.used + ahead;
    uint16_t event = (uint16_t)at;
    if (rig->driver.config.packed) {
        bool wrap = rig->driver.used_wrap != (at >= size);
        event = (uint16_t)(at % size | (wrap ? 0x8000 : 0));
        guest_mem_write_u16(&rig->mem, DRIVER_AREA + 2, 2);
    }
    guest_mem_write_u16(&rig->mem, DRIVER_AREA + (rig->driver.config.packed ? 0 : 4 + 2 * size), event);
    for (unsigned done = 0; done < 2 * size; done += batch) {
        for (unsigned i = 0; i < batch; i++) {
            assert_true(driver_add(&rig->driver, &buffer, 1, 0) >= 0);
            expect_pop(rig);
            give_back(rig, 0);
        }
        assert_int_equal(virtq_take_signal(&rig->q), done <= ahead && ahead < done + batch);
        uint32_t id, written;
        for (unsigned i = 0; i < batch; i++)
            assert_true(driver_used(&rig->driver, &id, &written));
    }
}

static void the_event_index_raises_one_interrupt_at_its_place(void **state)
{
    struct rig *rig = *state;
    for (unsigned packed = 0; packed < 2; packed++) {
        struct virtq_config config = kind(packed, true, 8);
        start(rig, &config);
        for (unsigned ahead = 0; ahead < 8; ahead++) {
            event_in_batches(rig, ahead, 1);
            event_in_batches(rig, ahead, 4);
            event_in_batches(rig, ahead, 8);
        }
    }
}

static void bytes_are_copied_through_all_ranges_and_not_beyond(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(false, false, 8);
    start(rig, &config);
    struct model_buffer buffers[] = {readable(DATA, 3), readable(DATA + 0x10, 5), writable(DATA + 0x20, 2),
                                     writable(DATA + 0x30, 4)};
    driver_add(&rig->driver, buffers, 4, 0);
    expect_pop(rig);
    char text[32] = {0};
    assert_true(guest_mem_write(&rig->mem, DATA, "abcXXXXXXXXXXXXXdefghYYYY", 25));
    assert_int_equal(virtio_chain_read(&rig->mem, &rig->chain, 0, text, sizeof text), 8);
    assert_string_equal(text, "abcdefgh");
    assert_int_equal(virtio_chain_read(&rig->mem, &rig->chain, 2, text, 3), 3);
    assert_memory_equal(text, "cdedefgh", 8);
    assert_int_equal(virtio_chain_read(&rig->mem, &rig->chain, 8, text, 3), 0);
    assert_int_equal(virtio_chain_read(&rig->mem, &rig->chain, UINT64_MAX, text, 3), 0);
    guest_mem_fill(&rig->mem, DATA + 0x20, '.', 0x20);
    assert_int_equal(virtio_chain_write(&rig->mem, &rig->chain, 1, "123456789", 9), 5);
    guest_mem_read(&rig->mem, DATA + 0x20, text, 0x18);
    assert_memory_equal(text, ".1..............2345....", 0x18);
}

static void host_pointers_cover_what_was_asked_for(void **state)
{
    struct rig *rig = *state;
    struct virtq_config config = kind(false, false, 8);
    start(rig, &config);
    struct model_buffer buffers[] = {writable(DATA, 0x100), writable(DATA + 0x1000, 0x100), writable(DATA, 0x10)};
    driver_add(&rig->driver, buffers, 3, 0);
    expect_pop(rig);
    struct iovec iov[3];
    unsigned filled;
    assert_int_equal(virtio_chain_iov(&rig->mem, &rig->chain, VIRTIO_WRITABLE, 0xf0, 0x108, iov, 3, &filled), 0x108);
    assert_int_equal(filled, 2);
    assert_ptr_equal(iov[0].iov_base, rig->ram.host + 0x100f0);
    assert_int_equal(iov[0].iov_len, 0x10);
    assert_ptr_equal(iov[1].iov_base, rig->ram.host + 0x11000);
    assert_int_equal(iov[1].iov_len, 0xf8);
    assert_int_equal(virtio_chain_iov(&rig->mem, &rig->chain, VIRTIO_WRITABLE, 0, 0x1000, iov, 2, &filled), 0x200);
    assert_int_equal(virtio_chain_iov(&rig->mem, &rig->chain, VIRTIO_READABLE, 0, 1, iov, 2, &filled), 0);
    assert_int_equal(filled, 0);
}

static void untake(struct rig *rig)
{
    struct model_buffer pair[] = {writable(DATA, 16), writable(DATA + 0x100, 16)};
    for (unsigned round = 0; round < 20; round++) {
        int first = driver_add(&rig->driver, pair, 2, 0), second = driver_add(&rig->driver, pair, 1, 0);
        expect_pop(rig);
        struct virtio_token token = rig->chain.token;
        expect_pop(rig);
        virtq_unpop(&rig->q, &rig->chain.token);
        virtq_unpop(&rig->q, &token);
        expect_none_used(rig);
        expect_pop(rig);
        assert_int_equal(rig->chain.writable, 2);
        give_back(rig, 1);
        expect_pop(rig);
        give_back(rig, 2);
        expect_used(rig, first, 1);
        expect_used(rig, second, 2);
        expect_empty(rig);
    }
}

static void buffers_that_go_back_untaken_come_out_again(void **state)
{
    for_each_kind(*state, 4, untake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chain_comes_out_as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(neighbours_become_one_range_and_empty_ones_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buffers_may_be_given_back_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(indices_and_wrap_counters_wrap_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_packed_ring_may_have_any_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_can_be_held_as_a_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_indirect_table_may_be_longer_than_the_queue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_split_chain_may_end_in_a_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_driver_is_asked_to_notify_after_an_empty_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_device_may_do_without_notifications, set_up, tear_down),
        cmocka_unit_test_setup_teardown(interrupts_come_when_the_driver_wants_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_event_index_raises_one_interrupt_at_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buffers_that_go_back_untaken_come_out_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_are_copied_through_all_ranges_and_not_beyond, set_up, tear_down),
        cmocka_unit_test_setup_teardown(host_pointers_cover_what_was_asked_for, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
