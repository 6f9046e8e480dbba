/* SPDX-License-Identifier: MIT */
/* RAM that is mapped from a file: its pages are checked before they are given out, and what is written stays here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmu/ram_template.h"

#define BASE UINT64_C(0x80000000)
#define PAGES 64u
#define HEAD_BYTES 8192u

/* Pages 1, 2 and 40 hold something. */
struct rig {
    struct ram ram;
    struct ram_template template;
    uint32_t checksums[PAGES];
    uint64_t broken_at;
    unsigned broken_count;
};

static uint32_t sum(const uint8_t page[PAGE_BYTES])
{
    uint32_t total = 0;
    for (unsigned i = 0; i < PAGE_BYTES; i++)
        total = total * 31 + page[i];
    return total;
}

static void note_broken(void *owner, uint64_t pa)
{
    struct rig *rig = owner;
    rig->broken_at = pa;
    rig->broken_count++;
}

static void put_page(struct rig *rig, unsigned page, uint8_t byte)
{
    uint8_t bytes[PAGE_BYTES];
    memset(bytes, byte, sizeof bytes);
    assert_int_equal(pwrite(rig->template.fd, bytes, sizeof bytes, (off_t)(HEAD_BYTES + page * PAGE_BYTES)),
                     sizeof bytes);
    rig->checksums[page] = sum(bytes);
}

static int set_up(void **state)
{
    static struct rig rig;
    struct error err;
    rig = (struct rig){.broken_at = 0};
    rig.template = (struct ram_template){.fd = memfd_create("template", MFD_CLOEXEC),
                                         .offset = HEAD_BYTES,
                                         .checksums = rig.checksums,
                                         .checksum = sum,
                                         .owner = &rig,
                                         .broken = note_broken};
    assert_int_equal(ftruncate(rig.template.fd, (off_t)(HEAD_BYTES + PAGES * PAGE_BYTES)), 0);
    put_page(&rig, 1, 'a');
    put_page(&rig, 2, 'b');
    put_page(&rig, 40, 'c');
    assert_true(ram_create(&rig.ram, BASE, PAGES * PAGE_BYTES, &err));
    assert_true(ram_map_template(&rig.ram, &rig.template, &err));
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    ram_destroy(&rig->ram);
    close(rig->template.fd);
    return 0;
}

static void flip(struct rig *rig, unsigned page, unsigned byte)
{
    off_t at = (off_t)(HEAD_BYTES + page * PAGE_BYTES + byte);
    uint8_t value;
    assert_int_equal(pread(rig->template.fd, &value, 1, at), 1);
    value ^= 1;
    assert_int_equal(pwrite(rig->template.fd, &value, 1, at), 1);
}

static void pages_hold_what_the_file_has(void **state)
{
    struct rig *rig = *state;
    const uint8_t *at = ram_at(&rig->ram, BASE + PAGE_BYTES, 2 * PAGE_BYTES);
    assert_non_null(at);
    assert_int_equal(at[0], 'a');
    assert_int_equal(at[2 * PAGE_BYTES - 1], 'b');
    assert_int_equal(*ram_at(&rig->ram, BASE + 7 * PAGE_BYTES, 1), 0);
    assert_int_equal(rig->broken_count, 0);
}

static void a_broken_page_is_told_of_and_not_given_out(void **state)
{
    struct rig *rig = *state;
    flip(rig, 2, PAGE_BYTES - 1);
    assert_null(ram_at(&rig->ram, BASE + 2 * PAGE_BYTES, 8));
    assert_null(ram_at(&rig->ram, BASE + 2 * PAGE_BYTES - 4, 8));
    assert_int_equal(rig->broken_count, 2);
    assert_true(rig->broken_at == BASE + 2 * PAGE_BYTES);
    assert_non_null(ram_at(&rig->ram, BASE + PAGE_BYTES, 8));
    assert_true(ram_contains(&rig->ram, BASE + 2 * PAGE_BYTES, 8));
}

static void a_page_that_should_be_zero_is_checked_like_any_other(void **state)
{
    struct rig *rig = *state;
    flip(rig, 50, 0);
    assert_null(ram_at(&rig->ram, BASE + 50 * PAGE_BYTES, 1));
    assert_true(rig->broken_at == BASE + 50 * PAGE_BYTES);
}

static void what_is_written_stays_out_of_the_file(void **state)
{
    struct rig *rig = *state;
    uint8_t byte;
    *ram_at(&rig->ram, BASE + PAGE_BYTES, 1) = 'x';
    assert_int_equal(pread(rig->template.fd, &byte, 1, HEAD_BYTES + PAGE_BYTES), 1);
    assert_int_equal(byte, 'a');
    assert_int_equal(*ram_at(&rig->ram, BASE + PAGE_BYTES, 1), 'x');
}

static void only_pages_with_data_or_in_use_are_looked_through(void **state)
{
    struct rig *rig = *state;
    uint64_t at = 0, end = 0;
    *ram_at(&rig->ram, BASE + 3 * PAGE_BYTES, 1) = 1;
    assert_true(ram_next_data(&rig->ram, &at, &end));
    assert_true(at == PAGE_BYTES && end == 4 * PAGE_BYTES);
    at = end;
    assert_true(ram_next_data(&rig->ram, &at, &end));
    assert_true(at == 40 * PAGE_BYTES && end == 41 * PAGE_BYTES);
    at = end;
    assert_false(ram_next_data(&rig->ram, &at, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_hold_what_the_file_has, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_page_is_told_of_and_not_given_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_that_should_be_zero_is_checked_like_any_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_stays_out_of_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_pages_with_data_or_in_use_are_looked_through, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
