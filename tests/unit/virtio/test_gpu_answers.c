/* SPDX-License-Identifier: MIT */
/* What the graphics card answers, to what is right and to what is not, and what it takes at most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gpu_fixture.h"

static void a_fence_comes_back(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_put(rig, RESOURCE_CREATE, (const uint32_t[]){1, B8G8R8X8, 8, 8}, 4);
    guest_mem_write_u32(&rig->slot->mem, REQUEST + 4, 0xffffffff);
    guest_mem_write_u64(&rig->slot->mem, REQUEST + 8, 0x123456789abcdef0);
    guest_mem_write_u32(&rig->slot->mem, REQUEST + 16, 77);
    assert_int_equal(gpu_send(rig, CONTROL, 40, 24), OK);
    assert_int_equal(gpu_answer(rig, 4), 1);
    assert_int_equal(gpu_answer(rig, 8), 0x9abcdef0);
    assert_int_equal(gpu_answer(rig, 12), 0x12345678);
    assert_int_equal(gpu_answer(rig, 16), 77);
    assert_int_equal(gpu_ask(rig, GET_DISPLAY_INFO, NULL, 0), OK_INFO);
    assert_int_equal(gpu_answer(rig, 4), 0);
    assert_int_equal(gpu_answer(rig, 8), 0);
}

static void an_answer_fills_what_room_there_is(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_put(rig, GET_DISPLAY_INFO, NULL, 0);
    assert_int_equal(gpu_send(rig, CONTROL, 24, 30), OK_INFO);
    assert_int_equal(rig->written, 30);
    assert_int_equal(gpu_answer(rig, 32), 0);
}

static void short_requests_are_refused(void **state)
{
    static const struct {
        uint32_t type, bytes;
    } rows[] = {{GET_DISPLAY_INFO, 24}, {RESOURCE_CREATE, 40}, {RESOURCE_UNREF, 32}, {SET_SCANOUT, 48},
                {RESOURCE_FLUSH, 48},   {TRANSFER, 56},        {ATTACH_BACKING, 32}, {DETACH_BACKING, 32},
                {GET_EDID, 32},         {UPDATE_CURSOR, 56},   {MOVE_CURSOR, 56}};
    struct gpu_rig *rig = *state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (uint32_t bytes = 2; bytes < rows[i].bytes; bytes++) {
            gpu_put(rig, rows[i].type, (const uint32_t[8]){1, 1, 1, 1, 1, 1, 1, 1}, 8);
            assert_int_equal(gpu_send(rig, bytes % 2, bytes, 24), BAD_PARAMETER);
        }
}

static void wrong_requests_get_the_answer_that_says_why(void **state)
{
    struct gpu_rig *rig = *state;
    gpu_make(rig, 1, B8G8R8X8, 16, 16);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 0, 1, 8, 8), BAD_RESOURCE);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, 8, 8), BAD_RESOURCE);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 2, 1, 0, 8), BAD_PARAMETER);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 2, 1, 8, 0), BAD_PARAMETER);
    assert_int_equal(ASK(rig, RESOURCE_UNREF, 2, 0), BAD_RESOURCE);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 16, 16, HEADS, 1), BAD_SCANOUT);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 16, 16, UINT32_MAX, 0), BAD_SCANOUT);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 16, 16, 0, 2), BAD_RESOURCE);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, 0, 16, 0, 1), BAD_PARAMETER);
    assert_int_equal(ASK(rig, TRANSFER, 0, 0, 16, 16, 0, 0, 2, 0), BAD_RESOURCE);
    assert_int_equal(ASK(rig, RESOURCE_FLUSH, 0, 0, 16, 16, 2, 0), BAD_RESOURCE);
    assert_int_equal(ASK(rig, DETACH_BACKING, 2, 0), BAD_RESOURCE);
    assert_int_equal(ASK(rig, GET_EDID, HEADS, 0), BAD_SCANOUT);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, HEADS, 0, 0, 0, 0, 0, 0, 0), BAD_SCANOUT);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, 0, 0, 0, 0, 2, 0, 0, 0), BAD_RESOURCE);
    assert_int_equal(ASK(rig, UPDATE_CURSOR, 0, 0, 0, 0, 1, 0, 0, 0), BAD_PARAMETER);
    assert_int_equal(ASK(rig, MOVE_CURSOR, HEADS, 0, 0, 0, 0, 0, 0, 0), BAD_SCANOUT);
}

static void rectangles_that_leave_the_picture_are_refused(void **state)
{
    static const uint32_t bad[][4] = {{0, 0, 17, 16},
                                      {0, 0, 16, 17},
                                      {1, 0, 16, 1},
                                      {0, 16, 1, 1},
                                      {17, 0, 0, 0},
                                      {UINT32_MAX, 0, 1, 1},
                                      {0, UINT32_MAX, 1, 1},
                                      {1, 1, UINT32_MAX, 1},
                                      {2, 2, 1, UINT32_MAX},
                                      {UINT32_MAX, UINT32_MAX, 2, 2},
                                      {0x80000000, 0, 0x80000000, 1}};
    struct gpu_rig *rig = *state;
    gpu_make(rig, 1, B8G8R8X8, 16, 16);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const uint32_t *r = bad[i];
        assert_int_equal(ASK(rig, SET_SCANOUT, r[0], r[1], r[2], r[3], 0, 1), BAD_PARAMETER);
        assert_int_equal(ASK(rig, TRANSFER, r[0], r[1], r[2], r[3], 0, 0, 1, 0), BAD_PARAMETER);
        assert_int_equal(ASK(rig, RESOURCE_FLUSH, r[0], r[1], r[2], r[3], 1, 0), BAD_PARAMETER);
    }
}

static void what_was_not_offered_is_unknown(void **state)
{
    static const uint32_t types[] = {0,          0xff,  GET_CAPSET_INFO, 0x109, ASSIGN_UUID, CREATE_BLOB, 0x10d,
                                     CTX_CREATE, 0x209, 0x302,           OK,    UNSPEC,      UINT32_MAX};
    struct gpu_rig *rig = *state;
    assert_int_equal(slot_offered(rig->slot) & BITS(23, 0), BIT(1));
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        gpu_put(rig, types[i], (const uint32_t[8]){1, 1, 1, 1, 1, 1, 1, 1}, 8);
        assert_int_equal(gpu_send(rig, i % 2, 56, 0x1000), UNSPEC);
        assert_int_equal(rig->written, 24);
    }
}

/* Bounds. */

static void resources_take_no_more_than_their_memory(void **state)
{
    struct gpu_rig *rig = *state;
    struct virtio_gpu_look look;
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, UINT32_MAX, UINT32_MAX), BAD_PARAMETER);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, 16384, 16384), OUT_OF_MEMORY);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, 8192, 8192), OUT_OF_MEMORY);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, 8192, 8191), OK);
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 2, 1, 128, 128), OUT_OF_MEMORY);
    assert_int_equal(ASK(rig, RESOURCE_UNREF, 1, 0), OK);
    uint32_t made = 0;
    while (ASK(rig, RESOURCE_CREATE, made + 1, 1, 4096, 128) == OK)
        made++;
    assert_int_equal(made, GPU_MEMORY_BYTES / (4096 * 128 * 4 + GPU_RESOURCE_BYTES));
    virtio_gpu_look(rig->gpu, 0, &look);
    assert_int_equal(look.resources, made);
    assert_true(look.bytes <= GPU_MEMORY_BYTES);
    for (uint32_t i = 0; i < made; i++)
        assert_int_equal(ASK(rig, RESOURCE_UNREF, i + 1, 0), OK);
    virtio_gpu_look(rig->gpu, 0, &look);
    assert_int_equal(look.bytes, 0);
}

static void a_screen_beyond_the_limit_is_refused(void **state)
{
    struct gpu_rig *rig = *state;
    assert_int_equal(ASK(rig, RESOURCE_CREATE, 1, 1, DISPLAY_LIMIT + 1, 2), OK);
    assert_int_equal(ASK(rig, SET_SCANOUT, 0, 0, DISPLAY_LIMIT + 1, 2, 0, 1), BAD_PARAMETER);
    assert_int_equal(ASK(rig, SET_SCANOUT, 1, 0, DISPLAY_LIMIT, 2, 0, 1), OK);
    gpu_expect_size(rig, 0, DISPLAY_LIMIT, 2);
}

static void many_resources_are_all_found(void **state)
{
    struct gpu_rig *rig = *state;
    for (uint32_t i = 0; i < 2000; i++)
        assert_int_equal(ASK(rig, RESOURCE_CREATE, (i * 7919 + 1) % 65536 + 1, 1, 1, 1), OK);
    for (uint32_t i = 0; i < 2000; i++)
        assert_int_equal(ASK(rig, RESOURCE_UNREF, (i * 7919 + 1) % 65536 + 1, 0), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GPU_TEST(a_fence_comes_back),
        GPU_TEST(an_answer_fills_what_room_there_is),
        GPU_TEST(short_requests_are_refused),
        GPU_TEST(wrong_requests_get_the_answer_that_says_why),
        GPU_TEST(rectangles_that_leave_the_picture_are_refused),
        GPU_TEST(what_was_not_offered_is_unknown),
        GPU_TEST(resources_take_no_more_than_their_memory),
        GPU_TEST(a_screen_beyond_the_limit_is_refused),
        GPU_TEST(many_resources_are_all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
