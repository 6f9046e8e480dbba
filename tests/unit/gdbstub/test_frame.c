/* SPDX-License-Identifier: MIT */
/* Packets out of bytes, whatever the bytes are. */
#include "gdbstub/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The last event that bytes make, in a frame of their own. */
static enum gdb_frame_event take(struct gdb_frame *frame, const char *bytes, bool no_ack)
{
    enum gdb_frame_event event = GDB_FRAME_NOTHING;
    for (; *bytes != '\0'; bytes++)
        event = gdb_frame_take(frame, (uint8_t)*bytes, no_ack);
    return event;
}

static struct gdb_frame *fresh(void)
{
    struct gdb_frame *frame = calloc(1, sizeof *frame);
    assert_non_null(frame);
    return frame;
}

static void a_packet_ends_with_its_checksum(void **state)
{
    (void)state;
    struct gdb_frame *frame = fresh();
    assert_int_equal(take(frame, "$qC#", false), GDB_FRAME_NOTHING);
    assert_int_equal(take(frame, "b", false), GDB_FRAME_NOTHING);
    assert_int_equal(take(frame, "4", false), GDB_FRAME_PACKET);
    assert_int_equal(frame->used, 2);
    assert_memory_equal(frame->bytes, "qC", 2);
    assert_int_equal(take(frame, "++$#00", false), GDB_FRAME_PACKET);
    assert_int_equal(frame->used, 0);
    free(frame);
}

static void a_wrong_checksum_is_noticed_unless_nobody_acknowledges(void **state)
{
    (void)state;
    struct gdb_frame *frame = fresh();
    assert_int_equal(take(frame, "$qC#b5", false), GDB_FRAME_GARBLED);
    assert_int_equal(take(frame, "$qC#zz", false), GDB_FRAME_GARBLED);
    assert_int_equal(take(frame, "$qC#zz", true), GDB_FRAME_PACKET);
    free(frame);
}

static void a_packet_without_an_end_is_forgotten_when_the_next_begins(void **state)
{
    (void)state;
    struct gdb_frame *frame = fresh();
    assert_int_equal(take(frame, "$m800000$qC#b4", false), GDB_FRAME_PACKET);
    assert_memory_equal(frame->bytes, "qC", 2);
    free(frame);
}

static void ctrl_c_counts_between_packets_alone(void **state)
{
    (void)state;
    struct gdb_frame *frame = fresh();
    assert_int_equal(take(frame, "\003", false), GDB_FRAME_INTERRUPT);
    assert_int_equal(take(frame, "$\003#03", false), GDB_FRAME_PACKET);
    assert_int_equal(take(frame, "-", false), GDB_FRAME_NAK);
    free(frame);
}

static void a_packet_that_is_too_long_is_told_from_one_that_just_fits(void **state)
{
    (void)state;
    struct gdb_frame *frame = fresh();
    for (size_t extra = 0; extra < 3; extra++) {
        take(frame, "$", true);
        for (size_t i = 0; i < GDB_PACKET_BYTES + extra; i++)
            assert_int_equal(gdb_frame_take(frame, 'a', true), GDB_FRAME_NOTHING);
        assert_int_equal(take(frame, "#00", true), extra == 0 ? GDB_FRAME_PACKET : GDB_FRAME_OVERSIZED);
    }
    free(frame);
}

static void what_is_framed_is_taken_apart_again(void **state)
{
    (void)state;
    struct gdb_frame *frame = fresh();
    char bytes[64] = "";
    size_t length = gdb_frame_make("OK", 2, bytes);
    assert_string_equal(bytes, "$OK#9a");
    assert_int_equal(length, 6);
    assert_int_equal(take(frame, bytes, false), GDB_FRAME_PACKET);
    free(frame);
}

static void every_byte_survives_its_escape(void **state)
{
    (void)state;
    static struct gdb_reply reply;
    uint8_t all[256], back[256];
    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    assert_int_equal(gdb_reply_binary(&reply, all, sizeof all), sizeof all);
    assert_int_equal(reply.used, sizeof all + 4);
    assert_null(memchr(reply.bytes, '#', reply.used));
    assert_null(memchr(reply.bytes, '$', reply.used));
    struct gdb_text text = {(uint8_t *)reply.bytes, (uint8_t *)reply.bytes + reply.used};
    assert_int_equal(gdb_take_binary(&text, back, sizeof back), sizeof back);
    assert_memory_equal(all, back, sizeof all);
}

static void a_reply_takes_what_fits_and_says_so(void **state)
{
    (void)state;
    static struct gdb_reply reply;
    static uint8_t zeros[GDB_PACKET_BYTES];
    assert_int_equal(gdb_reply_binary(&reply, zeros, sizeof zeros), sizeof zeros - 1);
    reply.used = 0;
    gdb_reply_hex(&reply, zeros, sizeof zeros / 2);
    assert_false(reply.overflow);
    assert_int_equal(gdb_reply_room(&reply), 0);
    gdb_reply_hex(&reply, zeros, 1);
    assert_true(reply.overflow);
    reply.overflow = false;
    gdb_reply_print(&reply, "OK");
    assert_true(reply.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_ends_with_its_checksum),
        cmocka_unit_test(a_wrong_checksum_is_noticed_unless_nobody_acknowledges),
        cmocka_unit_test(a_packet_without_an_end_is_forgotten_when_the_next_begins),
        cmocka_unit_test(ctrl_c_counts_between_packets_alone),
        cmocka_unit_test(a_packet_that_is_too_long_is_told_from_one_that_just_fits),
        cmocka_unit_test(what_is_framed_is_taken_apart_again),
        cmocka_unit_test(every_byte_survives_its_escape),
        cmocka_unit_test(a_reply_takes_what_fits_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
