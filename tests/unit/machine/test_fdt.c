/* SPDX-License-Identifier: MIT */
/* The device tree: what it says, that the check takes it, and that it takes nothing damaged. */
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/plic.h"
#include "machine/fdt.h"
#include "machine/map.h"

struct fixture {
    struct fdt_input input;
    struct ext_set ext;
    struct error err;
    void *blob;
    size_t size;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    f->ext = ext_set_default();
    f->input = (struct fdt_input){
        .cpus = 2, .ext = &f->ext, .memory_base = 0x80000000, .memory_bytes = UINT64_C(5) << 30, .bootargs = "quiet"};
    *state = f;
    return !fdt_build(&f->input, &f->blob, &f->size, &f->err);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    free(f->blob);
    test_free(f);
    return 0;
}

static void rebuild(struct fixture *f)
{
    free(f->blob);
    f->blob = NULL;
    if (!fdt_build(&f->input, &f->blob, &f->size, &f->err))
        fail_msg("%s", f->err.text);
}

static const void *property(const struct fixture *f, const char *path, const char *name, int *length)
{
    int node = fdt_path_offset(f->blob, path);
    if (node < 0)
        fail_msg("there is no %s", path);
    return fdt_getprop(f->blob, node, name, length);
}

static void assert_text(const struct fixture *f, const char *path, const char *name, const char *expected)
{
    int length = 0;
    const char *text = property(f, path, name, &length);
    assert_non_null(text);
    assert_string_equal(text, expected);
}

static uint32_t cell(const struct fixture *f, const char *path, const char *name, int n)
{
    int length = 0;
    const fdt32_t *cells = property(f, path, name, &length);
    assert_non_null(cells);
    assert_true(length >= 4 * (n + 1));
    return fdt32_ld(cells + n);
}

static void built_tree_passes_the_check_and_has_room_to_grow(void **state)
{
    struct fixture *f = *state;
    assert_true(fdt_check(f->blob, f->size, &f->err));
    assert_int_equal(fdt_totalsize(f->blob), f->size);
    assert_int_equal(f->size % 8, 0);
    char large[4096] = "";
    memset(large, 'x', sizeof large - 1);
    int node = fdt_path_offset(f->blob, "/chosen");
    assert_int_equal(fdt_setprop_string(f->blob, node, "bootargs", large), 0);
}

static void devices_lie_where_the_map_says(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *path;
        enum map_id id;
    } nodes[] = {
        {"/soc/serial@10000000", MAP_uart}, {"/soc/plic@c000000", MAP_plic}, {"/soc/clint@2000000", MAP_clint},
        {"/soc/rtc@101000", MAP_rtc},       {"/soc/test@100000", MAP_test},
    };
    for (unsigned i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        assert_int_equal(cell(f, nodes[i].path, "reg", 1), map_row(nodes[i].id)->base);
        assert_int_equal(cell(f, nodes[i].path, "reg", 3), map_row(nodes[i].id)->size);
    }
    assert_int_equal(cell(f, "/soc/serial@10000000", "interrupts", 0), 10);
    assert_int_equal(cell(f, "/soc/rtc@101000", "interrupts", 0), 11);
    assert_int_equal(cell(f, "/soc/plic@c000000", "riscv,ndev", 0), PLIC_SOURCES);
    assert_int_equal(cell(f, "/memory@80000000", "reg", 2), 1);
    assert_int_equal(cell(f, "/memory@80000000", "reg", 3), 0x40000000);
}

static void every_hart_has_its_contexts_in_plic_and_clint(void **state)
{
    struct fixture *f = *state;
    for (int hart = 0; hart < 2; hart++) {
        char path[64];
        snprintf(path, sizeof path, "/cpus/cpu@%d/interrupt-controller", hart);
        uint32_t phandle = cell(f, path, "phandle", 0);
        static const uint32_t causes[] = {11, 9, 3, 7};
        for (int i = 0; i < 4; i++) {
            const char *node = i < 2 ? "/soc/plic@c000000" : "/soc/clint@2000000";
            assert_int_equal(cell(f, node, "interrupts-extended", 4 * hart + i % 2 * 2), phandle);
            assert_int_equal(cell(f, node, "interrupts-extended", 4 * hart + i % 2 * 2 + 1), causes[i]);
        }
    }
}

static void cpus_say_what_they_can(void **state)
{
    struct fixture *f = *state;
    char isa[1024];
    int length = 0;
    assert_true(ext_isa_string(&f->ext, isa, sizeof isa));
    assert_text(f, "/cpus/cpu@1", "riscv,isa", isa);
    assert_text(f, "/cpus/cpu@1", "riscv,isa-base", "rv64i");
    assert_text(f, "/cpus/cpu@1", "mmu-type", "riscv,sv57");
    const char *names = property(f, "/cpus/cpu@1", "riscv,isa-extensions", &length);
    assert_true(fdt_stringlist_contains(names, length, "zicboz"));
    assert_true(fdt_stringlist_contains(names, length, "c"));
    assert_false(fdt_stringlist_contains(names, length, "s"));
    assert_false(fdt_stringlist_contains(names, length, "svade"));
    assert_int_equal(cell(f, "/cpus/cpu@1", "riscv,cboz-block-size", 0), 64);
}

static void what_is_switched_off_is_not_described(void **state)
{
    struct fixture *f = *state;
    int length = 0;
    assert_true(ext_set_parse(&f->ext, "zicboz=off,sv57=off,sstc=off", &f->err));
    rebuild(f);
    assert_text(f, "/cpus/cpu@0", "mmu-type", "riscv,sv48");
    assert_null(property(f, "/cpus/cpu@0", "riscv,cboz-block-size", &length));
    const char *names = property(f, "/cpus/cpu@0", "riscv,isa-extensions", &length);
    assert_false(fdt_stringlist_contains(names, length, "sstc"));
    assert_true(ext_set_parse(&f->ext, "s=off", &f->err));
    rebuild(f);
    assert_text(f, "/cpus/cpu@0", "mmu-type", "riscv,none");
}

static void chosen_says_what_was_asked_for_and_no_more(void **state)
{
    struct fixture *f = *state;
    int length = 0;
    assert_text(f, "/chosen", "bootargs", "quiet");
    assert_text(f, "/chosen", "stdout-path", "/soc/serial@10000000:115200n8r");
    assert_null(property(f, "/chosen", "linux,initrd-start", &length));
    f->input.bootargs = NULL;
    f->input.initrd_base = UINT64_C(0x1234567000);
    f->input.initrd_bytes = 0x10;
    rebuild(f);
    assert_null(property(f, "/chosen", "bootargs", &length));
    assert_int_equal(cell(f, "/chosen", "linux,initrd-start", 0), 0x12);
    assert_int_equal(cell(f, "/chosen", "linux,initrd-end", 1), 0x34567010);
}

static void sixty_four_harts_and_a_long_command_line_fit(void **state)
{
    struct fixture *f = *state;
    static char large[100000];
    memset(large, 'x', sizeof large - 1);
    f->input.cpus = 64;
    f->input.bootargs = large;
    rebuild(f);
    assert_true(fdt_check(f->blob, f->size, &f->err));
    assert_text(f, "/chosen", "bootargs", large);
    assert_true(fdt_path_offset(f->blob, "/cpus/cpu@3f") > 0);
}

static void power_goes_off_through_the_finisher(void **state)
{
    struct fixture *f = *state;
    uint32_t phandle = cell(f, "/soc/test@100000", "phandle", 0);
    assert_int_equal(cell(f, "/poweroff", "regmap", 0), phandle);
    assert_int_equal(cell(f, "/poweroff", "value", 0), 0x5555);
    assert_int_equal(cell(f, "/reboot", "regmap", 0), phandle);
    assert_int_equal(cell(f, "/reboot", "value", 0), 0x7777);
}

static void every_truncation_of_a_tree_is_refused(void **state)
{
    struct fixture *f = *state;
    for (size_t size = 0; size < f->size; size++) {
        uint8_t *exact = malloc(size != 0 ? size : 1);
        assert_non_null(exact);
        memcpy(exact, f->blob, size);
        assert_false(fdt_check(exact, size, &f->err));
        free(exact);
    }
}

/* Reads all of a tree through libfdt, as a guest would. */
static void read_all(const void *blob)
{
    int depth = 0, length = 0;
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
        assert_non_null(fdt_get_name(blob, node, &length));
        int prop;
        fdt_for_each_property_offset(prop, blob, node)
        {
            const char *name = NULL;
            assert_non_null(fdt_getprop_by_offset(blob, prop, &name, &length));
            assert_non_null(name);
        }
    }
}

static void tree_with_any_word_spoilt_is_refused_or_still_readable(void **state)
{
    struct fixture *f = *state;
    static const uint32_t words[] = {0, 1, 2, 3, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8};
    uint8_t *copy = malloc(f->size);
    unsigned refused = 0;
    assert_non_null(copy);
    for (size_t at = 0; at + FDT_SLACK_BYTES < f->size; at += 4) {
        for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
            memcpy(copy, f->blob, f->size);
            fdt32_st(copy + at, words[i]);
            if (fdt_check(copy, f->size, &f->err))
                read_all(copy);
            else
                refused++;
        }
    }
    assert_true(refused > 1000);
    free(copy);
}

static void edit_makes_chosen_where_there_is_none(void **state)
{
    struct fixture *f = *state;
    struct fdt_input input = {.bootargs = "new"};
    void *copy = NULL;
    size_t size = 0;
    assert_int_equal(fdt_del_node(f->blob, fdt_path_offset(f->blob, "/chosen")), 0);
    assert_true(fdt_check(f->blob, f->size, &f->err));
    assert_true(fdt_edit(f->blob, &input, &copy, &size, &f->err));
    assert_true(fdt_check(copy, size, &f->err));
    int node = fdt_path_offset(copy, "/chosen"), length = 0;
    assert_string_equal(fdt_getprop(copy, node, "bootargs", &length), "new");
    free(copy);
}

static void assert_no_match(const struct fixture *f, const struct fdt_input *machine, const char *part)
{
    struct error err = {""};
    assert_false(fdt_match(f->blob, machine, &err));
    if (strstr(err.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, part);
}

static void tree_may_describe_less_than_the_machine_but_not_more(void **state)
{
    struct fixture *f = *state;
    f->input.cpus = 4;
    rebuild(f);
    struct fdt_input machine = f->input;
    assert_true(fdt_match(f->blob, &machine, &f->err));
    machine.cpus = 5;
    machine.memory_bytes *= 2;
    assert_true(fdt_match(f->blob, &machine, &f->err));
    machine.cpus = 3;
    assert_no_match(f, &machine, "hart 3");
    fdt_setprop_string(f->blob, fdt_path_offset(f->blob, "/cpus/cpu@3"), "status", "disabled");
    assert_true(fdt_match(f->blob, &machine, &f->err));
    machine.memory_bytes = f->input.memory_bytes - 1;
    assert_no_match(f, &machine, "--memory");
    machine.memory_bytes = f->input.memory_bytes;
    machine.memory_base += 0x1000;
    assert_no_match(f, &machine, "--memory");
    fdt_del_node(f->blob, fdt_path_offset(f->blob, "/cpus"));
    fdt_del_node(f->blob, fdt_path_offset(f->blob, "/memory@80000000"));
    assert_true(fdt_match(f->blob, &machine, &f->err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(built_tree_passes_the_check_and_has_room_to_grow),
        TEST(devices_lie_where_the_map_says),
        TEST(every_hart_has_its_contexts_in_plic_and_clint),
        TEST(cpus_say_what_they_can),
        TEST(what_is_switched_off_is_not_described),
        TEST(chosen_says_what_was_asked_for_and_no_more),
        TEST(sixty_four_harts_and_a_long_command_line_fit),
        TEST(power_goes_off_through_the_finisher),
        TEST(every_truncation_of_a_tree_is_refused),
        TEST(tree_with_any_word_spoilt_is_refused_or_still_readable),
        TEST(edit_makes_chosen_where_there_is_none),
        TEST(tree_may_describe_less_than_the_machine_but_not_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
