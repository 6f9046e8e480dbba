/* SPDX-License-Identifier: MIT */
/* The text of --disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "host/disk/disk_image.h"
#include "host/disk/disk_raw.h"

static void assert_refused(const char *text, const char *because)
{
    struct disk_options options;
    struct error err = {""};
    assert_false(disk_options_parse(text, &options, &err));
    if (strstr(err.text, because) == NULL || strchr(err.text, '\n') != NULL)
        fail_msg("'%s' is refused with '%s', which lacks '%s'", text, err.text, because);
}

static struct disk_options parse(const char *text)
{
    struct disk_options options;
    struct error err = {""};
    if (!disk_options_parse(text, &options, &err))
        fail_msg("'%s': %s", text, err.text);
    return options;
}

static void a_bare_name_is_a_writeback_disk_of_unknown_format(void **state)
{
    (void)state;
    struct disk_options options = parse("a disk.img");
    assert_string_equal(options.path, "a disk.img");
    assert_string_equal(options.serial, "");
    assert_int_equal(options.cache, DISK_CACHE_WRITEBACK);
    assert_false(options.read_only);
    assert_null(options.format);
}

static void every_option_is_taken(void **state)
{
    (void)state;
    struct disk_options options = parse("d,ro,format=raw,cache=writethrough,serial=12345678901234567890");
    assert_string_equal(options.path, "d");
    assert_string_equal(options.serial, "12345678901234567890");
    assert_int_equal(options.cache, DISK_CACHE_WRITETHROUGH);
    assert_true(options.read_only);
    assert_ptr_equal(options.format, &disk_raw);
    assert_int_equal(parse("d").on_error, DISK_ON_ERROR_REPORT);
    assert_int_equal(parse("d,on-error=enospc").on_error, DISK_ON_ERROR_ENOSPC);
    assert_int_equal(parse("d,on-error=pause").on_error, DISK_ON_ERROR_PAUSE);
    assert_true(parse("d,snapshot=on").throw_away);
    assert_false(parse("d,snapshot=on,snapshot=off").throw_away);
    assert_int_equal(parse("d,cache=unsafe").cache, DISK_CACHE_UNSAFE);
    assert_int_equal(parse("d,cache=writeback").cache, DISK_CACHE_WRITEBACK);
}

static void a_doubled_comma_is_a_comma(void **state)
{
    (void)state;
    assert_string_equal(parse("a,,b,,,ro").path, "a,b,");
    assert_true(parse("a,,b,,,ro").read_only);
    assert_string_equal(parse(",,ro").path, ",ro");
    assert_string_equal(parse("d,serial=x,,y").serial, "x,y");
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    assert_refused("", "needs a file name");
    assert_refused(",ro", "needs a file name");
    assert_refused("d,", "unknown disk option ''");
    assert_refused("d,rw", "unknown disk option 'rw'");
    assert_refused("d,ro=on", "unknown disk option 'ro=on'");
    assert_refused("d,rw", "cache=writeback|writethrough|unsafe");
    assert_refused("d,format=vmdk", "format 'vmdk' is not supported: give raw or qcow2");
    assert_refused("d,backing-format=", "format '' is not supported");
    assert_refused("d,cache=none", "cache mode 'none'");
    assert_refused("d,cache=", "cache mode ''");
    assert_refused("d,serial=", "1 to 20");
    assert_refused("d,serial=123456789012345678901", "1 to 20");
    assert_refused("d,serial=a b", "without blanks");
    assert_refused("d,serial=a\x01", "without blanks");
}

static void overlong_parts_are_refused(void **state)
{
    (void)state;
    char text[8192];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_refused(text, "name of more than 4095 bytes");
    text[1] = ',';
    assert_refused(text, "option of more than 255 bytes");
    memset(text, 'a', sizeof text);
    text[4095] = '\0';
    assert_int_equal(strlen(parse(text).path), 4095);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_name_is_a_writeback_disk_of_unknown_format),
        cmocka_unit_test(every_option_is_taken),
        cmocka_unit_test(a_doubled_comma_is_a_comma),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(overlong_parts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
