/* SPDX-License-Identifier: MIT */
/* The --cpu parser, and what a set of extensions announces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cpu/ext.h"

static struct ext_set parsed(const char *text)
{
    struct ext_set set = ext_set_default();
    struct error err;
    if (!ext_set_parse(&set, text, &err))
        fail_msg("%s", err.text);
    return set;
}

static void assert_isa(const char *cpu, const char *expected)
{
    struct ext_set set = parsed(cpu);
    char text[512];
    assert_true(ext_isa_string(&set, text, sizeof text));
    assert_string_equal(text, expected);
}

static void the_default_isa_string_is_in_canonical_order(void **state)
{
    (void)state;
    assert_isa("", "rv64imafdcbh_zicbom_zicbop_zicboz_zicntr_zicond_zicsr_zifencei_zihintntl_zihintpause_zihpm_zawrs"
                   "_zba_zbb_zbc_zbs_sha_shcounterenw_shgatpa_shlcofideleg_shtvala_shvsatpa_shvstvala_shvstvecd_"
                   "smstateen_sscofpmf_"
                   "ssstateen_sstc_svadu_svinval_svnapot_svpbmt");
}

static void svade_and_svadu_are_listed_as_they_are_switched(void **state)
{
    (void)state;
    struct ext_set both = parsed("svade"), neither = parsed("svadu=off");
    assert_true(both.has[EXT_svade] && both.has[EXT_svadu]);
    assert_false(neither.has[EXT_svade] || neither.has[EXT_svadu]);
}

static void what_needs_an_absent_extension_is_absent_too(void **state)
{
    (void)state;
    struct ext_set set = parsed("s=off");
    assert_true(set.has[EXT_U]);
    assert_false(set.has[EXT_sstc] || set.has[EXT_sv39] || set.has[EXT_sv57]);
    assert_false(set.has[EXT_svadu] || set.has[EXT_svpbmt]);
    assert_false(set.has[EXT_H] || set.has[EXT_smstateen] || set.has[EXT_sscofpmf]);
    set = parsed("f=off");
    assert_false(set.has[EXT_D]);
    set = parsed("sv39=off"); /* norm:H_vm_supported */
    assert_true(set.has[EXT_S]);
    assert_false(set.has[EXT_H]);
    set = parsed("u=off");
    assert_false(set.has[EXT_S] || set.has[EXT_sstc]);
    set = parsed("zicsr=off,f=on");
    assert_false(set.has[EXT_F] || set.has[EXT_zicntr] || set.has[EXT_U]);
    set = parsed("sv39=off,sv57=on");
    assert_false(set.has[EXT_sv57] || set.has[EXT_sv48] || set.has[EXT_svnapot]);
}

/* norm:misa_b_op */
static void b_is_zba_zbb_and_zbs_together(void **state)
{
    (void)state;
    struct ext_set set = parsed("zbb=off");
    assert_false(set.has[EXT_B]);
    assert_true(set.has[EXT_zba] && set.has[EXT_zbs]);
    assert_int_equal(ext_misa(&set) & 2, 0);
    set = parsed("b=off");
    assert_false(set.has[EXT_zba] || set.has[EXT_zbb] || set.has[EXT_zbs]);
    assert_true(set.has[EXT_zbc]);
    set = parsed("b=off,b");
    assert_true(set.has[EXT_B] && set.has[EXT_zba] && set.has[EXT_zbb] && set.has[EXT_zbs]);
    set = parsed("b=off,zba,zbb,zbs");
    assert_true(set.has[EXT_B]);
}

static void sha_is_announced_with_all_of_its_parts_alone(void **state)
{
    (void)state;
    static const char *const without[] = {"h=off", "shtvala=off", "shgatpa=off", "sha=off",
                                          "smstateen=off,ssstateen=off"};
    assert_true(parsed("").has[EXT_sha]);
    assert_true(parsed("smstateen=off").has[EXT_sha]);
    for (unsigned i = 0; i < sizeof without / sizeof *without; i++)
        assert_false(parsed(without[i]).has[EXT_sha]);
}

static void misa_has_a_bit_for_each_letter(void **state)
{
    (void)state;
    struct ext_set set = parsed("");
    assert_int_equal(ext_misa(&set),
                     1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 18 | 1 << 20);
    set = parsed("d=off,c=off");
    assert_int_equal(ext_misa(&set) & (1 << 2 | 1 << 3 | 1 << 5), 1 << 5);
}

static void refused(const char *text, const char *must_say)
{
    struct ext_set set = ext_set_default(), before = set;
    struct error err = {""};
    assert_false(ext_set_parse(&set, text, &err));
    if (strstr(err.text, must_say) == NULL)
        fail_msg("'%s' gave: %s", text, err.text);
    assert_memory_equal(&set, &before, sizeof set);
}

static void an_unknown_word_is_refused_by_name(void **state)
{
    (void)state;
    refused("zbb=off,zfoo", "'zfoo'");
    refused("zfoo", "zicbom");
    refused("v", "'v'");
    refused("Sstc", "'Sstc'");
    refused("sstc=of", "'of'");
    refused("sstc=", "on or off");
    refused("i=off", "cannot be switched off");
    refused(",sstc", "''");
    refused("sstc,,svade", "''");
}

static void an_isa_string_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct ext_set set = parsed("");
    char text[256];
    assert_true(ext_isa_string(&set, text, sizeof text));
    size_t length = strlen(text);
    assert_false(ext_isa_string(&set, text, length));
    assert_true(ext_isa_string(&set, text, length + 1));
    assert_false(ext_isa_string(&set, text, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_isa_string_is_in_canonical_order),
        cmocka_unit_test(svade_and_svadu_are_listed_as_they_are_switched),
        cmocka_unit_test(what_needs_an_absent_extension_is_absent_too),
        cmocka_unit_test(b_is_zba_zbb_and_zbs_together),
        cmocka_unit_test(sha_is_announced_with_all_of_its_parts_alone),
        cmocka_unit_test(misa_has_a_bit_for_each_letter),
        cmocka_unit_test(an_unknown_word_is_refused_by_name),
        cmocka_unit_test(an_isa_string_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
