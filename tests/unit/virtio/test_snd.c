/* SPDX-License-Identifier: MIT */
/* The sound card: what it tells of itself, the life of its streams, and that samples pass it at their rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "slot_fixture.h"
#include "virtio/snd.h"

#define FEATURES BIT(VIRTIO_F_VERSION_1)
enum { CONTROL, EVENTS, OUTPUT, INPUT, QUEUES };
enum { SIZE = 64 };
enum { INFO = 0x100, SET, PREPARE, RELEASE, START, STOP, MAPS = 0x200 };
enum { OK = 0x8000, BAD, NOT_SUPPORTED, IO_ERROR };
enum { S16 = 5, RATE_8000 = 1, RATE_44100 = 6, RATE_48000 = 7 };

/* Where things lie in RAM. */
#define REQUEST DATA
#define ANSWER (DATA + 0x100)
#define SAMPLES (DATA + 0x1000)

struct rig {
    struct slot *slot;
    struct virtio_snd *snd;
    uint64_t now; /* ticks */
    unsigned starts, stops;
    struct sound_format format;
    uint8_t played[1 << 17];
    size_t count;
    uint8_t next; /* to be recorded */
    size_t left;
};

static uint64_t now(void *owner)
{
    return ((struct rig *)owner)->now;
}

static void deadline_changed(void *owner)
{
    (void)owner;
}

static void start(void *owner, enum sound_direction direction, const struct sound_format *format)
{
    struct rig *rig = owner;
    (void)direction;
    rig->starts++;
    rig->format = *format;
}

static void stop(void *owner, enum sound_direction direction)
{
    (void)direction;
    ((struct rig *)owner)->stops++;
}

static void play(void *owner, const uint8_t *bytes, size_t count)
{
    struct rig *rig = owner;
    assert_true(rig->count + count <= sizeof rig->played);
    memcpy(rig->played + rig->count, bytes, count);
    rig->count += count;
}

static size_t capture(void *owner, uint8_t *bytes, size_t count)
{
    struct rig *rig = owner;
    size_t made = 0;
    for (; made < count && rig->left > 0; made++, rig->left--)
        bytes[made] = rig->next++;
    return made;
}

static struct rig *make(const struct sound_format *input)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct sound_backend backend = {rig, start, stop, play, capture};
    struct time_source time = {.owner = rig, .now = now, .deadline_changed = deadline_changed};
    rig->now = 1000000;
    rig->left = SIZE_MAX;
    rig->snd = virtio_snd_create(&backend, &time, input);
    rig->slot = slot_create(virtio_snd_device(rig->snd), false, 0);
    slot_start(rig->slot, FEATURES, QUEUES, SIZE);
    return rig;
}

static int set_up(void **state)
{
    *state = make(NULL);
    return 0;
}

static int set_up_fixed(void **state)
{
    *state = make(&(struct sound_format){SOUND_S16, 1, 44100});
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_snd_destroy(rig->snd);
    test_free(rig);
    return 0;
}

/* A request of some words; its status. *written: bytes of the answer. */
static uint32_t ask(struct rig *rig, const uint32_t *words, unsigned count, uint32_t room, uint32_t *written)
{
    uint32_t status = 0, ignored;
    guest_mem_write(&rig->slot->mem, REQUEST, words, 4 * (uint64_t)count);
    guest_mem_fill(&rig->slot->mem, ANSWER, 0xee, 0x100);
    const struct model_buffer buffers[] = {{REQUEST, 4 * count, false}, {ANSWER, room, true}};
    assert_true(driver_add(&rig->slot->drivers[CONTROL], buffers, 2, 0) >= 0);
    set(rig->slot, QUEUE_NOTIFY, CONTROL);
    assert_true(slot_used(rig->slot, CONTROL, written != NULL ? written : &ignored));
    guest_mem_read_u32(&rig->slot->mem, ANSWER, &status);
    return status;
}

static uint32_t tell(struct rig *rig, uint32_t code, uint32_t stream)
{
    const uint32_t words[] = {code, stream};
    return ask(rig, words, 2, 4, NULL);
}

static uint32_t set_params(struct rig *rig, uint32_t stream, uint32_t channels, uint32_t format, uint32_t rate)
{
    const uint32_t words[] = {SET, stream, 4096, 1024, 0, channels | format << 8 | rate << 16};
    return ask(rig, words, 6, 4, NULL);
}

/* A stream of 16-bit mono that runs. */
static void run(struct rig *rig, uint32_t stream, uint32_t rate)
{
    assert_int_equal(set_params(rig, stream, 1, S16, rate), OK);
    assert_int_equal(tell(rig, PREPARE, stream), OK);
    assert_int_equal(tell(rig, START, stream), OK);
}

/* The n-th buffer: a header at its own place, samples, a status. */
static void offer(struct rig *rig, unsigned queue, unsigned n, uint32_t bytes, uint32_t stream)
{
    uint64_t header = REQUEST + 0x200 + 16 * (uint64_t)n, samples = SAMPLES + 0x1000 * (uint64_t)n;
    guest_mem_write_u32(&rig->slot->mem, header, stream);
    const struct model_buffer buffers[] = {{header, 4, false}, {samples, bytes, queue == INPUT}, {header + 4, 8, true}};
    const struct model_buffer empty[] = {buffers[0], buffers[2]};
    assert_true(driver_add(&rig->slot->drivers[queue], bytes != 0 ? buffers : empty, bytes != 0 ? 3 : 2, 0) >= 0);
    set(rig->slot, QUEUE_NOTIFY, queue);
}

static uint32_t status_of(struct rig *rig, unsigned n)
{
    uint32_t status = 0;
    guest_mem_read_u32(&rig->slot->mem, REQUEST + 0x200 + 16 * (uint64_t)n + 4, &status);
    return status;
}

static unsigned completed(struct rig *rig, unsigned queue)
{
    uint32_t written;
    unsigned count = 0;
    virtio_snd_poll(rig->snd);
    while (slot_used(rig->slot, queue, &written))
        count++;
    return count;
}

static void fill(struct rig *rig, unsigned n, uint32_t bytes, uint8_t first)
{
    for (uint32_t i = 0; i < bytes; i++)
        guest_mem_write(&rig->slot->mem, SAMPLES + 0x1000 * (uint64_t)n + i, &(uint8_t){(uint8_t)(first + i)}, 1);
}

static void it_tells_of_two_streams_and_four_maps(void **state)
{
    struct rig *rig = *state;
    const uint32_t streams[] = {INFO, 0, 2, 32}, maps[] = {MAPS, 1, 3, 24};
    uint32_t written;
    uint8_t answer[0x80];
    assert_int_equal(get(rig->slot, DEVICE_ID), 25);
    assert_int_equal(get(rig->slot, CONFIG), 0);
    assert_int_equal(get(rig->slot, CONFIG + 4), 2);
    assert_int_equal(get(rig->slot, CONFIG + 8), 4);
    assert_int_equal(ask(rig, streams, 4, 68, &written), OK);
    assert_int_equal(written, 68);
    guest_mem_read(&rig->slot->mem, ANSWER, answer, sizeof answer);
    assert_int_equal(answer[4 + 24], 0);
    assert_int_equal(answer[4 + 32 + 24], 1);
    assert_int_equal(answer[4 + 25], 1);
    assert_int_equal(answer[4 + 26], 2);
    assert_int_equal(answer[4 + 8] | answer[4 + 9] << 8 | answer[4 + 10] << 16, 1 << 4 | 1 << 5 | 1 << 17 | 1 << 19);
    assert_int_equal(answer[4 + 16] | answer[4 + 17] << 8, 0x1ffe);
    assert_int_equal(ask(rig, maps, 4, 76, &written), OK);
    guest_mem_read(&rig->slot->mem, ANSWER, answer, sizeof answer);
    assert_int_equal(answer[4 + 4], 1);
    assert_int_equal(answer[4 + 5], 1);
    assert_int_equal(answer[4 + 24 + 5], 2);
    assert_int_equal(answer[4 + 24 + 6], 3);
    assert_int_equal(answer[4 + 24 + 7], 4);
}

static void malformed_requests_are_answered_so(void **state)
{
    struct rig *rig = *state;
    static const uint32_t requests[][6] = {{INFO, 0, 3, 32},
                                           {INFO, 0xffffffff, 2, 32},
                                           {INFO, 0, 2, 0xffffffff},
                                           {INFO, 0, 2, 31},
                                           {PREPARE, 2},
                                           {PREPARE, 0},
                                           {START, 0},
                                           {STOP, 0},
                                           {RELEASE, 0},
                                           {SET, 0, 4096, 0, 0, 0x010501},
                                           {SET, 0, 4097, 1024, 0, 0x010501}};
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++)
        assert_int_equal(ask(rig, requests[i], 6, 68, NULL), BAD);
    static const uint32_t lacks[][6] = {{1, 0, 0, 24},
                                        {0x300, 0},
                                        {0xffffffff},
                                        {SET, 0, 4096, 1024, 1, 0x010501},
                                        {SET, 0, 4096, 1024, 0, 0x010500},
                                        {SET, 0, 4096, 1024, 0, 0x010503},
                                        {SET, 0, 4096, 1024, 0, 0x010601},
                                        {SET, 0, 4096, 1024, 0, 0x000501},
                                        {SET, 0, 4096, 1024, 0, 0xff0501}};
    for (unsigned i = 0; i < sizeof lacks / sizeof lacks[0]; i++)
        assert_int_equal(ask(rig, lacks[i], 6, 68, NULL), NOT_SUPPORTED);
    const uint32_t word = START;
    assert_int_equal(ask(rig, &word, 1, 4, NULL), BAD);
}

static void a_buffer_is_played_when_its_time_is_over(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    assert_int_equal(rig->starts, 1);
    assert_int_equal(rig->format.rate, 8000);
    fill(rig, 0, 160, 0);
    offer(rig, OUTPUT, 0, 160, 0);
    uint64_t end = rig->now + 80 * TIMEBASE_HZ / 8000;
    assert_int_equal(virtio_snd_deadline(rig->snd), end);
    rig->now = end - 1;
    assert_int_equal(completed(rig, OUTPUT), 0);
    rig->now = end;
    assert_int_equal(completed(rig, OUTPUT), 1);
    assert_int_equal(status_of(rig, 0), OK);
    assert_int_equal(rig->count, 160);
    for (unsigned i = 0; i < 160; i++)
        assert_int_equal(rig->played[i], i);
    assert_true(virtio_snd_deadline(rig->snd) == UINT64_MAX);
}

/* 441 frames at 44,100 Hz are 10 ms; 147 are no whole number of ticks. */
static void no_rounding_adds_up(void **state)
{
    struct rig *rig = *state;
    uint64_t begin = rig->now;
    run(rig, 0, RATE_44100);
    for (unsigned i = 0; i < 300; i++) {
        offer(rig, OUTPUT, i % 8, 294, 0);
        if (i == 0)
            offer(rig, OUTPUT, 7, 294, 0);
        rig->now = virtio_snd_deadline(rig->snd);
        assert_int_equal(completed(rig, OUTPUT), 1);
    }
    assert_int_equal(rig->now - begin, TIMEBASE_HZ);
}

static void buffers_wait_until_the_stream_starts(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(set_params(rig, 0, 1, S16, RATE_8000), OK);
    assert_int_equal(tell(rig, PREPARE, 0), OK);
    offer(rig, OUTPUT, 0, 16, 0);
    rig->now += TIMEBASE_HZ;
    assert_int_equal(completed(rig, OUTPUT), 0);
    assert_int_equal(tell(rig, START, 0), OK);
    rig->now += TIMEBASE_HZ;
    assert_int_equal(completed(rig, OUTPUT), 1);
}

static void a_pause_within_a_buffer_loses_nothing(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    fill(rig, 0, 1600, 0);
    offer(rig, OUTPUT, 0, 1600, 0);
    rig->now += 300 * TIMEBASE_HZ / 8000;
    assert_int_equal(tell(rig, STOP, 0), OK);
    assert_int_equal(rig->count, 600);
    rig->now += TIMEBASE_HZ;
    assert_int_equal(completed(rig, OUTPUT), 0);
    assert_int_equal(tell(rig, START, 0), OK);
    assert_int_equal(virtio_snd_deadline(rig->snd), rig->now + 500 * TIMEBASE_HZ / 8000);
    rig->now += 500 * TIMEBASE_HZ / 8000;
    assert_int_equal(completed(rig, OUTPUT), 1);
    assert_int_equal(rig->count, 1600);
    for (unsigned i = 0; i < 1600; i++)
        assert_int_equal(rig->played[i], i & 0xff);
}

static void a_release_gives_all_buffers_back_and_plays_none(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    for (unsigned i = 0; i < 4; i++)
        offer(rig, OUTPUT, i, 1600, 0);
    assert_int_equal(tell(rig, RELEASE, 0), BAD);
    assert_int_equal(tell(rig, STOP, 0), OK);
    assert_int_equal(tell(rig, RELEASE, 0), OK);
    assert_int_equal(completed(rig, OUTPUT), 4);
    assert_int_equal(rig->count, 0);
    assert_int_equal(tell(rig, PREPARE, 0), OK);
}

static void a_late_poll_completes_all_that_is_over(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    for (unsigned i = 0; i < 5; i++)
        offer(rig, OUTPUT, i, 160, 0);
    rig->now += 3 * 80 * TIMEBASE_HZ / 8000;
    assert_int_equal(completed(rig, OUTPUT), 3);
}

static void after_a_gap_time_counts_anew(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    offer(rig, OUTPUT, 0, 160, 0);
    rig->now += TIMEBASE_HZ;
    assert_int_equal(completed(rig, OUTPUT), 1);
    assert_int_equal(virtio_snd_look(rig->snd, SOUND_OUTPUT).gaps, 1);
    rig->now += TIMEBASE_HZ;
    offer(rig, OUTPUT, 1, 160, 0);
    assert_int_equal(virtio_snd_deadline(rig->snd), rig->now + 80 * TIMEBASE_HZ / 8000);
}

static void what_is_recorded_fills_buffers_and_then_is_silence(void **state)
{
    struct rig *rig = *state;
    uint8_t bytes[160];
    uint32_t written;
    rig->left = 100;
    run(rig, 1, RATE_8000);
    offer(rig, INPUT, 0, 160, 1);
    rig->now += 80 * TIMEBASE_HZ / 8000;
    virtio_snd_poll(rig->snd);
    assert_true(slot_used(rig->slot, INPUT, &written));
    assert_int_equal(written, 168);
    guest_mem_read(&rig->slot->mem, SAMPLES, bytes, sizeof bytes);
    for (unsigned i = 0; i < 160; i++)
        assert_int_equal(bytes[i], i < 100 ? i : 0);
    assert_int_equal(status_of(rig, 0), OK);
}

static void a_fixed_input_is_the_only_one_offered(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(set_params(rig, 1, 1, S16, RATE_44100), OK);
    assert_int_equal(set_params(rig, 1, 2, S16, RATE_44100), NOT_SUPPORTED);
    assert_int_equal(set_params(rig, 1, 1, S16, RATE_48000), NOT_SUPPORTED);
    assert_int_equal(set_params(rig, 0, 2, S16, RATE_48000), OK);
}

static void buffers_of_no_stream_or_of_none_that_is_prepared_are_refused(void **state)
{
    struct rig *rig = *state;
    offer(rig, OUTPUT, 0, 16, 0);
    assert_int_equal(completed(rig, OUTPUT), 1);
    assert_int_equal(status_of(rig, 0), IO_ERROR);
    run(rig, 0, RATE_8000);
    offer(rig, OUTPUT, 1, 16, 1);
    assert_int_equal(status_of(rig, 1), IO_ERROR);
    offer(rig, OUTPUT, 2, 0, 0);
    assert_int_equal(status_of(rig, 2), OK);
    assert_int_equal(completed(rig, OUTPUT), 2);
}

static void a_reset_stops_what_runs(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    offer(rig, OUTPUT, 0, 1600, 0);
    set(rig->slot, STATUS, 0);
    assert_int_equal(rig->stops, 1);
    rig->now += TIMEBASE_HZ;
    virtio_snd_poll(rig->snd);
    assert_int_equal(rig->count, 0);
    assert_true(virtio_snd_deadline(rig->snd) == UINT64_MAX);
}

static void a_buffer_without_a_status_breaks_the_device(void **state)
{
    struct rig *rig = *state;
    run(rig, 0, RATE_8000);
    slot_offer(rig->slot, OUTPUT, (struct model_buffer){REQUEST, 16, false});
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_tells_of_two_streams_and_four_maps),
        TEST(malformed_requests_are_answered_so),
        TEST(a_buffer_is_played_when_its_time_is_over),
        TEST(no_rounding_adds_up),
        TEST(buffers_wait_until_the_stream_starts),
        TEST(a_pause_within_a_buffer_loses_nothing),
        TEST(a_release_gives_all_buffers_back_and_plays_none),
        TEST(a_late_poll_completes_all_that_is_over),
        TEST(after_a_gap_time_counts_anew),
        TEST(what_is_recorded_fills_buffers_and_then_is_silence),
        cmocka_unit_test_setup_teardown(a_fixed_input_is_the_only_one_offered, set_up_fixed, tear_down),
        TEST(buffers_of_no_stream_or_of_none_that_is_prepared_are_refused),
        TEST(a_reset_stops_what_runs),
        TEST(a_buffer_without_a_status_breaks_the_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
