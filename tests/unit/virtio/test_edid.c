/* SPDX-License-Identifier: MIT */
/* What a monitor tells of itself can be read as VESA E-EDID 1.4 says, and is what was asked for. */
#include "virtio/edid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint32_t sizes[][2] = {{64, 64},     {640, 480},   {1280, 800}, {1366, 768}, {1920, 1080},
                                    {3840, 2160}, {4095, 4095}, {4095, 64},  {64, 4095},  {1001, 777}};
#define SIZES (sizeof sizes / sizeof sizes[0])

static void its_sum_is_zero(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SIZES; i++) {
        uint8_t edid[EDID_BYTES], sum = 0;
        edid_make(edid, sizes[i][0], sizes[i][1], i % 4);
        for (unsigned j = 0; j < EDID_BYTES; j++)
            sum = (uint8_t)(sum + edid[j]);
        assert_int_equal(sum, 0);
        assert_memory_equal(edid, "\0\xff\xff\xff\xff\xff\xff\0", 8);
        assert_int_equal(edid[126], 0);
    }
}

static void the_preferred_mode_has_the_size(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SIZES; i++) {
        uint8_t edid[EDID_BYTES];
        const uint8_t *d = edid + 54;
        edid_make(edid, sizes[i][0], sizes[i][1], 0);
        unsigned width = d[2] | (d[4] & 0xf0u) << 4, height = d[5] | (d[7] & 0xf0u) << 4;
        unsigned h_total = width + (d[3] | (d[4] & 0x0fu) << 8), v_total = height + (d[6] | (d[7] & 0x0fu) << 8);
        unsigned clock = d[0] | (unsigned)d[1] << 8;
        assert_int_equal(width, sizes[i][0]);
        assert_int_equal(height, sizes[i][1]);
        double refresh = clock * 10000.0 / h_total / v_total;
        assert_true(clock == 0xffff ? refresh > 30 && refresh <= 60 : refresh > 58 && refresh < 60.1);
        /* Fronts and syncs lie within the blanks. */
        assert_true(d[8] + d[9] < h_total - width && (d[10] >> 4) + (d[10] & 15u) < v_total - height);
        assert_true((edid[24] & 2) != 0);
    }
}

static void the_usual_modes_are_offered(void **state)
{
    static const unsigned expected[][2] = {{1280, 720},  {1280, 800},  {1280, 1024}, {1440, 900},
                                           {1600, 1200}, {1680, 1050}, {1920, 1080}, {1920, 1200}};
    static const unsigned ratios[4][2] = {{16, 10}, {4, 3}, {5, 4}, {16, 9}};
    uint8_t edid[EDID_BYTES];
    (void)state;
    edid_make(edid, 1280, 800, 0);
    assert_int_equal(edid[35], 0x21);
    assert_int_equal(edid[36], 0x08);
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *mode = edid + 38 + 2 * i;
        unsigned width = (mode[0] + 31u) * 8, ratio = mode[1] >> 6;
        assert_int_equal(width, expected[i][0]);
        assert_int_equal(width * ratios[ratio][1] / ratios[ratio][0], expected[i][1]);
        assert_int_equal(mode[1] & 63, 0);
    }
}

static void monitors_can_be_told_apart(void **state)
{
    uint8_t first[EDID_BYTES], second[EDID_BYTES];
    (void)state;
    edid_make(first, 1280, 800, 0);
    edid_make(second, 1280, 800, 1);
    assert_memory_not_equal(first + 12, second + 12, 4);
    assert_memory_equal(first + 54 + 36, "\0\0\0\xfc\0microvm\n     ", 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_sum_is_zero),
        cmocka_unit_test(the_preferred_mode_has_the_size),
        cmocka_unit_test(the_usual_modes_are_offered),
        cmocka_unit_test(monitors_can_be_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
