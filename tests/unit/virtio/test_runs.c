/* SPDX-License-Identifier: MIT */
/* Words packed as runs come back, take little room where they are equal, and never much more than they are. */
#include "virtio/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/splitmix.h"

#define MOST 3000

/* Words that are often equal to the one before: kind of 10 times. */
static void make(uint32_t *words, size_t count, unsigned kind, uint64_t *seed)
{
    for (size_t i = 0; i < count; i++)
        words[i] = i > 0 && splitmix_below(seed, 10) < kind ? words[i - 1] : (uint32_t)splitmix_below(seed, 3);
}

static void words_come_back(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        size_t count = splitmix_below(&seed, i % 10 == 0 ? MOST : 20);
        uint32_t words[MOST], back[MOST];
        make(words, count, i % 11, &seed);
        size_t bytes = runs_bytes(words, count);
        uint8_t *packed = malloc(bytes + 1);
        assert_true(bytes <= 4 * count + 4 * (count / 4) + 8);
        runs_pack(words, count, packed);
        assert_true(runs_check(packed, bytes, count));
        assert_false(runs_check(packed, bytes, count + 1));
        assert_false(count != 0 && runs_check(packed, bytes, count - 1));
        assert_false(bytes != 0 && runs_check(packed, bytes - 1, count));
        runs_unpack(packed, bytes, back, count);
        assert_memory_equal(back, words, 4 * count);
        free(packed);
    }
}

static void equal_words_take_two(void **state)
{
    static uint32_t words[1 << 20];
    (void)state;
    assert_int_equal(runs_bytes(words, 1 << 20), 8);
    assert_int_equal(runs_bytes(words, 0), 0);
}

static void any_bytes_are_told_from_packed_ones(void **state)
{
    uint64_t seed = 7;
    unsigned good = 0;
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        size_t bytes = splitmix_below(&seed, 40), count = splitmix_below(&seed, 12);
        uint8_t *packed = malloc(bytes + 1);
        uint32_t words[16];
        for (size_t j = 0; j < bytes; j++)
            packed[j] = (uint8_t)(splitmix_below(&seed, 4) == 0 ? splitmix_below(&seed, 16) : 0);
        if (runs_check(packed, bytes, count)) {
            runs_unpack(packed, bytes, words, count);
            good++;
        }
        free(packed);
    }
    assert_true(good > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_back),
        cmocka_unit_test(equal_words_take_two),
        cmocka_unit_test(any_bytes_are_told_from_packed_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
