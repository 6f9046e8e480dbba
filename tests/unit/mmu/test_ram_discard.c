/* SPDX-License-Identifier: MIT */
/* RAM that goes back to the host: it holds zeros then, takes no memory, and can be written again. */
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

struct rig {
    struct ram ram;
    struct ram_keeper keeper;
    struct ram_template template;
    uint32_t checksums[PAGES];
    unsigned kept[PAGES], broken;
    uint8_t kept_byte[PAGES];
};

static bool keep(void *owner, uint32_t page, const uint8_t *bytes)
{
    struct rig *rig = owner;
    rig->kept[page]++;
    rig->kept_byte[page] = bytes[0];
    return true;
}

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    assert_true(ram_create(&rig->ram, BASE, PAGES * PAGE_BYTES, NULL));
    rig->keeper = (struct ram_keeper){rig, keep};
    rig->template.fd = -1;
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    ram_destroy(&rig->ram);
    if (rig->template.fd >= 0)
        close(rig->template.fd);
    test_free(rig);
    return 0;
}

static void fill(const struct rig *rig, unsigned first, unsigned count, int byte)
{
    memset(ram_at(&rig->ram, BASE + first * PAGE_BYTES, count * PAGE_BYTES), byte, count * PAGE_BYTES);
}

static void expect_page(const struct rig *rig, unsigned page, int byte)
{
    const uint8_t *bytes = ram_at(&rig->ram, BASE + page * PAGE_BYTES, PAGE_BYTES);
    for (unsigned i = 0; i < PAGE_BYTES; i++)
        assert_int_equal(bytes[i], byte);
}

static uint64_t discard(struct rig *rig, unsigned first, unsigned count)
{
    return ram_discard(&rig->ram, BASE + first * PAGE_BYTES, count * PAGE_BYTES);
}

static void whole_pages_hold_zeros_and_those_beside_them_stay(void **state)
{
    struct rig *rig = *state;
    fill(rig, 0, PAGES, 0x5a);
    assert_int_equal(ram_discard(&rig->ram, BASE + PAGE_BYTES / 2, 3 * PAGE_BYTES), 2 * PAGE_BYTES);
    expect_page(rig, 0, 0x5a);
    expect_page(rig, 1, 0);
    expect_page(rig, 2, 0);
    expect_page(rig, 3, 0x5a);
    assert_int_equal(ram_discard(&rig->ram, BASE + 8 * PAGE_BYTES + 1, PAGE_BYTES), 0);
    expect_page(rig, 8, 0x5a);
}

static void a_page_that_was_given_back_is_no_data_until_it_is_written(void **state)
{
    struct rig *rig = *state;
    uint64_t first = 0, end;
    fill(rig, 0, PAGES, 1);
    assert_int_equal(discard(rig, 0, PAGES), PAGES * PAGE_BYTES);
    assert_false(ram_next_data(&rig->ram, &first, &end));
    assert_int_equal(discard(rig, 0, PAGES), 0);
    fill(rig, 7, 1, 2);
    first = 0;
    assert_true(ram_next_data(&rig->ram, &first, &end));
    assert_int_equal(first, 7 * PAGE_BYTES);
    assert_int_equal(end, 8 * PAGE_BYTES);
    expect_page(rig, 7, 2);
}

static void the_keeper_gets_what_pages_held(void **state)
{
    struct rig *rig = *state;
    fill(rig, 3, 2, 9);
    rig->ram.keeper = &rig->keeper;
    discard(rig, 0, 8);
    for (unsigned page = 0; page < PAGES; page++)
        assert_int_equal(rig->kept[page], page == 3 || page == 4);
    assert_int_equal(rig->kept_byte[3], 9);
    expect_page(rig, 3, 0);
}

static void code_that_was_made_of_a_page_is_stale(void **state)
{
    struct rig *rig = *state;
    fill(rig, 5, 1, 3);
    rig->ram.page_state[5] |= RAM_PAGE_CODE;
    discard(rig, 4, 4);
    assert_int_equal(rig->ram.stale_count, 1);
    assert_int_equal(rig->ram.stale[0], 5);
}

static void nobody_has_written_what_was_given_back(void **state)
{
    struct rig *rig = *state;
    uint8_t written[PAGES * PAGE_BYTES / 8] = {0};
    rig->ram.written = written;
    fill(rig, 0, 4, 3);
    ram_wrote(&rig->ram, BASE, 4 * PAGE_BYTES);
    discard(rig, 1, 2);
    for (unsigned i = 0; i < sizeof written; i++)
        assert_int_equal(written[i], i / (PAGE_BYTES / 8) == 0 || i / (PAGE_BYTES / 8) == 3 ? 0xff : 0);
    rig->ram.written = NULL;
}

/* Templates. */

static uint32_t sum(const uint8_t page[PAGE_BYTES])
{
    return page[0];
}

static void note_broken(void *owner, uint64_t pa)
{
    (void)pa;
    ((struct rig *)owner)->broken++;
}

/* Each page is full of its number. */
static void map_template(struct rig *rig)
{
    uint8_t page[PAGE_BYTES];
    rig->template = (struct ram_template){.fd = memfd_create("template", MFD_CLOEXEC),
                                          .checksums = rig->checksums,
                                          .checksum = sum,
                                          .owner = rig,
                                          .broken = note_broken};
    for (unsigned i = 0; i < PAGES; i++) {
        memset(page, (int)i, sizeof page);
        assert_int_equal(write(rig->template.fd, page, sizeof page), sizeof page);
        rig->checksums[i] = i;
    }
    assert_true(ram_map_template(&rig->ram, &rig->template, NULL));
}

static void a_templates_page_gives_way_to_zeros(void **state)
{
    struct rig *rig = *state;
    fill(rig, 9, 3, 0x77); /* what the memfd held before does not come back */
    map_template(rig);
    expect_page(rig, 9, 9);
    discard(rig, 10, 2);
    expect_page(rig, 9, 9);
    expect_page(rig, 10, 0);
    expect_page(rig, 11, 0);
    expect_page(rig, 12, 12);
    fill(rig, 10, 1, 1);
    assert_int_equal(discard(rig, 10, 1), PAGE_BYTES);
    expect_page(rig, 10, 0);
    assert_int_equal(rig->broken, 0);
}

static void a_broken_page_of_a_template_is_not_kept(void **state)
{
    struct rig *rig = *state;
    map_template(rig);
    rig->checksums[20] = 99;
    rig->ram.keeper = &rig->keeper;
    assert_int_equal(discard(rig, 20, 1), 0);
    assert_int_equal(rig->kept[20], 0);
    assert_int_equal(rig->broken, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_pages_hold_zeros_and_those_beside_them_stay),
        TEST(a_page_that_was_given_back_is_no_data_until_it_is_written),
        TEST(the_keeper_gets_what_pages_held),
        TEST(code_that_was_made_of_a_page_is_stale),
        TEST(nobody_has_written_what_was_given_back),
        TEST(a_templates_page_gives_way_to_zeros),
        TEST(a_broken_page_of_a_template_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
