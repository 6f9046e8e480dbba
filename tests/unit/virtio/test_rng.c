/* SPDX-License-Identifier: MIT */
/* The entropy device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slot_fixture.h"
#include "virtio/rng.h"

#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_EVENT_IDX))

/* Bytes that count up from 1; ends after `left` of them. */
struct counter {
    uint8_t next;
    size_t left;
};

struct rig {
    struct slot *slot;
    struct virtio_rng *rng;
    struct counter counter;
};

static size_t count_up(void *owner, uint8_t *bytes, size_t count)
{
    struct counter *counter = owner;
    size_t made = 0;
    for (; made < count && counter->left > 0; made++, counter->left--)
        bytes[made] = counter->next++;
    return made;
}

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    rig->counter = (struct counter){.next = 1, .left = SIZE_MAX};
    struct entropy_source source = {&rig->counter, count_up};
    rig->rng = virtio_rng_create(&source);
    rig->slot = slot_create(virtio_rng_device(rig->rng), false, 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_rng_destroy(rig->rng);
    test_free(rig);
    return 0;
}

static uint8_t byte_at(const struct rig *rig, uint64_t gpa)
{
    uint8_t byte = 0;
    guest_mem_read(&rig->slot->mem, gpa, &byte, 1);
    return byte;
}

static void a_buffer_is_filled_to_its_end_and_not_beyond(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    assert_int_equal(get(rig->slot, DEVICE_ID), 4);
    slot_start(rig->slot, FEATURES, 1, 8);
    guest_mem_fill(&rig->slot->mem, DATA, 0xee, 0x2000);
    slot_offer(rig->slot, 0, (struct model_buffer){DATA, 1000, true});
    assert_true(slot_used(rig->slot, 0, &written));
    assert_int_equal(written, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(byte_at(rig, DATA + i), (uint8_t)(i + 1));
    assert_int_equal(byte_at(rig, DATA + 1000), 0xee);
    assert_true(irq(rig->slot));
}

static void what_the_guest_may_not_write_to_stays_as_it_is(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 1;
    slot_start(rig->slot, FEATURES, 1, 8);
    slot_offer(rig->slot, 0, (struct model_buffer){DATA, 16, false});
    assert_true(slot_used(rig->slot, 0, &written));
    assert_int_equal(written, 0);
    assert_int_equal(byte_at(rig, DATA), 0);
}

static void a_huge_request_is_answered_in_part(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    slot_start(rig->slot, FEATURES, 1, 8);
    slot_offer(rig->slot, 0, (struct model_buffer){RAM_BASE + 0x80000, 0x80000, true});
    assert_true(slot_used(rig->slot, 0, &written));
    assert_in_range(written, 1, 65536);
}

static void a_source_that_ends_gives_what_it_has(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    rig->counter.left = 700;
    slot_start(rig->slot, FEATURES, 1, 8);
    slot_offer(rig->slot, 0, (struct model_buffer){DATA, 1000, true});
    assert_true(slot_used(rig->slot, 0, &written));
    assert_int_equal(written, 700);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_buffer_is_filled_to_its_end_and_not_beyond),
        TEST(what_the_guest_may_not_write_to_stays_as_it_is),
        TEST(a_huge_request_is_answered_in_part),
        TEST(a_source_that_ends_gives_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
