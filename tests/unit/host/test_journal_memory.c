/* SPDX-License-Identifier: MIT */
/* host/journal_memory.h: chunks are their owner's alone, in what order ever they come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "host/journal_memory.h"

enum { CHUNKS = 40 };

static void take_all(struct journal_memory *memory, uint8_t *chunks[CHUNKS])
{
    for (unsigned i = 0; i < CHUNKS; i++) {
        chunks[i] = journal_memory_take(memory);
        assert_non_null(chunks[i]);
        memset(chunks[i], (int)i, JOURNAL_CHUNK_BYTES);
    }
}

static void expect_own_content(uint8_t *const chunks[CHUNKS])
{
    for (unsigned i = 0; i < CHUNKS; i++)
        for (uint64_t at = 0; at < JOURNAL_CHUNK_BYTES; at += 4096)
            assert_int_equal(chunks[i][at], i);
}

static void give_all_back(struct journal_memory *memory, uint8_t *chunks[CHUNKS])
{
    for (unsigned i = 0; i < CHUNKS; i++)
        journal_memory_give_back(memory, chunks[i]);
}

static void a_chunk_is_its_owners_alone(void **state)
{
    (void)state;
    struct journal_memory *memory = journal_memory_create();
    uint8_t *chunks[CHUNKS];
    take_all(memory, chunks);
    expect_own_content(chunks);
    give_all_back(memory, chunks);
    journal_memory_destroy(memory);
}

static void what_was_given_back_is_taken_again(void **state)
{
    (void)state;
    struct journal_memory *memory = journal_memory_create();
    uint8_t *chunks[CHUNKS], *again[CHUNKS];
    take_all(memory, chunks);
    give_all_back(memory, chunks);
    take_all(memory, again);
    expect_own_content(again);
    for (unsigned i = 0; i < CHUNKS; i++)
        assert_ptr_equal(again[i], chunks[CHUNKS - 1 - i]);
    give_all_back(memory, again);
    journal_memory_destroy(memory);
}

static void no_more_is_kept_than_is_wanted(void **state)
{
    (void)state;
    struct journal_memory *memory = journal_memory_create();
    uint8_t *chunks[CHUNKS];
    take_all(memory, chunks);
    give_all_back(memory, chunks);
    journal_memory_trim(memory, 2 * JOURNAL_CHUNK_BYTES - 1);
    assert_ptr_equal(journal_memory_take(memory), chunks[0]);
    journal_memory_give_back(memory, chunks[0]);
    journal_memory_trim(memory, 0);
    take_all(memory, chunks);
    expect_own_content(chunks);
    give_all_back(memory, chunks);
    journal_memory_destroy(memory);
}

static void what_was_never_used_goes(void **state)
{
    (void)state;
    journal_memory_destroy(journal_memory_create());
    journal_memory_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunk_is_its_owners_alone),
        cmocka_unit_test(what_was_given_back_is_taken_again),
        cmocka_unit_test(no_more_is_kept_than_is_wanted),
        cmocka_unit_test(what_was_never_used_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
