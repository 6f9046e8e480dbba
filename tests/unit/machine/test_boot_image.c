/* SPDX-License-Identifier: MIT */
/* Linux Images, raw images, and what is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "machine/image_builder.h"

static struct boot_image image;
static struct error err;

static bool parse(const void *bytes, uint64_t size)
{
    struct boot_image_input input = input_of(bytes, size);
    return boot_image_parse(&image, &input, &err);
}

static void assert_refused(const void *bytes, uint64_t size, const char *part)
{
    assert_false(parse(bytes, size));
    if (strstr(err.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, part);
}

static void linux_image_goes_to_its_text_offset_with_its_bss(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES];
    build_image(bytes, 0x200000, 0x10000);
    assert_true(parse(bytes, sizeof bytes));
    assert_int_equal(image.format, BOOT_FORMAT_LINUX);
    assert_int_equal(image.entry, 0x80200000);
    assert_int_equal(image.segments[0].mem_bytes, 0x10000);
    assert_int_equal(image.segments[0].file_bytes, IMAGE_BYTES);
}

static void old_linux_image_with_one_magic_and_no_size_is_taken(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES];
    build_image(bytes, 0x200000, 0);
    memset(bytes + 0x38, 0, 4);
    assert_true(parse(bytes, sizeof bytes));
    assert_int_equal(image.segments[0].mem_bytes, IMAGE_BYTES);
}

static void linux_image_that_does_not_fit_is_refused_naming_both_ranges(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES];
    build_image(bytes, 0x200000, RAM_SIZE);
    assert_refused(bytes, sizeof bytes, "0x80200000 to 0x841fffff");
    assert_non_null(strstr(err.text, "0x80000000 to 0x83ffffff"));
    build_image(bytes, 0x200000, UINT64_MAX);
    assert_refused(bytes, sizeof bytes, "outside RAM");
    build_image(bytes, UINT64_MAX - 0x1fffff, 0);
    assert_refused(bytes, sizeof bytes, "which has 0x4000000 bytes");
}

static void linux_image_at_an_odd_address_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES];
    build_image(bytes, 0x201000, 0);
    assert_refused(bytes, sizeof bytes, "multiple of 2 MiB");
}

static void big_endian_linux_image_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES];
    build_image(bytes, 0x200000, 0);
    bytes[24] = 1;
    assert_refused(bytes, sizeof bytes, "big-endian");
}

/* A PE header at 0x40 with one section that ends with the file. */
static void add_pe(uint8_t *bytes)
{
    memcpy(bytes, "MZ", 2);
    put_little(bytes + 0x3c, 0x40, 4);
    memset(bytes + 0x40, 0, 24 + 40);
    memcpy(bytes + 0x40, "PE", 2);
    put_little(bytes + 0x46, 1, 2);
    put_little(bytes + 0x40 + 24 + 16, 0x800, 4);
    put_little(bytes + 0x40 + 24 + 20, IMAGE_BYTES - 0x800, 4);
}

static void efi_stub_image_is_taken_whole_and_refused_when_truncated(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES];
    build_image(bytes, 0x200000, 0x10000);
    add_pe(bytes);
    assert_true(parse(bytes, sizeof bytes));
    assert_refused(bytes, sizeof bytes - 1, "truncated");
    assert_refused(bytes, 0x48, "damaged");
    put_little(bytes + 0x3c, 0xfffffff0, 4);
    assert_refused(bytes, sizeof bytes, "no PE header");
}

static void raw_image_goes_to_the_base(void **state)
{
    (void)state;
    const uint8_t code[] = {0x6f, 0, 0, 0};
    assert_true(parse(code, sizeof code));
    assert_int_equal(image.format, BOOT_FORMAT_RAW);
    assert_int_equal(image.entry, RAM_BASE);
    assert_int_equal(image.segments[0].mem_bytes, 4);
}

static void raw_image_outside_ram_is_refused(void **state)
{
    (void)state;
    const uint8_t code[] = {0x6f, 0, 0, 0};
    struct boot_image_input input = input_of(code, sizeof code);
    input.base = RAM_BASE + RAM_SIZE - 2;
    assert_false(boot_image_parse(&image, &input, &err));
    assert_non_null(strstr(err.text, "0x83fffffe to 0x84000001"));
    input.base = UINT64_MAX - 1;
    assert_false(boot_image_parse(&image, &input, &err));
}

static void files_of_other_kinds_are_named(void **state)
{
    (void)state;
    static const struct {
        unsigned offset;
        const char *magic;
        unsigned length;
        const char *said;
    } kinds[] = {
        {0x202, "HdrS", 4, "bzImage"},      {0x38, "ARM\x64", 4, "Arm"},          {0, "MZ\x90", 3, "EFI"},
        {0, "\x28\xb5\x2f\xfd", 4, "zstd"}, {0, "\xfd\x37zXZ\0", 6, "unxz"},      {0, "\xd0\x0d\xfe\xed", 4, "--dtb"},
        {0, "070701", 6, "--initrd"},       {0, "\x27\x05\x19\x56", 4, "uImage"},
    };
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint8_t bytes[1024];
        memset(bytes, 0x13, sizeof bytes);
        memcpy(bytes + kinds[i].offset, kinds[i].magic, kinds[i].length);
        assert_refused(bytes, sizeof bytes, kinds[i].said);
    }
}

static void any_file_is_raw_where_the_user_says_where_it_goes(void **state)
{
    (void)state;
    static const char *const starts[] = {"MZ\x90", "BZh", "\xd0\x0d\xfe\xed", ""};
    for (unsigned i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        uint8_t bytes[64] = {0};
        memcpy(bytes, starts[i], strlen(starts[i]));
        struct boot_image_input input = input_of(bytes, sizeof bytes);
        assert_false(boot_image_parse(&image, &input, &err));
        input.base_given = true;
        assert_true(boot_image_parse(&image, &input, &err));
        assert_int_equal(image.format, BOOT_FORMAT_RAW);
    }
}

static void text_zeros_and_nothing_are_no_kernels(void **state)
{
    (void)state;
    static const char page[] = "<html>\n404 not found\n</html>\n";
    static const uint8_t zeros[64];
    assert_refused(page, sizeof page - 1, "text file");
    assert_refused(zeros, sizeof zeros, "does not start with an instruction");
    assert_refused(zeros, 0, "is empty");
}

static void glance_at_the_first_piece_agrees_with_the_whole(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_BYTES] = {0};
    assert_false(boot_image_glance(bytes, sizeof bytes, &err));
    build_image(bytes, 0x200000, 0);
    assert_true(boot_image_glance(bytes, sizeof bytes, &err));
    struct built_elf elf = build_elf(RAM_BASE, RAM_BASE);
    assert_true(boot_image_glance((const uint8_t *)&elf, sizeof elf, &err));
    elf.header.e_machine = EM_AARCH64;
    assert_false(boot_image_glance((const uint8_t *)&elf, sizeof elf, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_image_goes_to_its_text_offset_with_its_bss),
        cmocka_unit_test(old_linux_image_with_one_magic_and_no_size_is_taken),
        cmocka_unit_test(linux_image_that_does_not_fit_is_refused_naming_both_ranges),
        cmocka_unit_test(linux_image_at_an_odd_address_is_refused),
        cmocka_unit_test(big_endian_linux_image_is_refused),
        cmocka_unit_test(efi_stub_image_is_taken_whole_and_refused_when_truncated),
        cmocka_unit_test(raw_image_goes_to_the_base),
        cmocka_unit_test(raw_image_outside_ram_is_refused),
        cmocka_unit_test(files_of_other_kinds_are_named),
        cmocka_unit_test(any_file_is_raw_where_the_user_says_where_it_goes),
        cmocka_unit_test(text_zeros_and_nothing_are_no_kernels),
        cmocka_unit_test(glance_at_the_first_piece_agrees_with_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
