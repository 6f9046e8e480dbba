/* SPDX-License-Identifier: MIT */
/* Reading of files and pipes with a bound, and unpacking of gzip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "machine/boot_file.h"
#include "machine/temp_file.h"

#define LIMIT 100000

static const struct boot_file_limit limit = {.bytes = LIMIT, .advice = "too much"};

struct fixture {
    struct temp_file temp;
    struct boot_file file;
    struct boot_payload payload;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    *state = f;
    return temp_file_begin(&f->temp) ? 0 : 1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    boot_file_release(&f->file);
    boot_payload_close(&f->payload);
    temp_file_end(&f->temp);
    test_free(f);
    return 0;
}

static bool read_it(struct fixture *f)
{
    return boot_file_read(&f->file, "kernel", f->temp.path, &limit, &f->err);
}

static void assert_refused(struct fixture *f, const char *part)
{
    assert_false(read_it(f));
    assert_null(f->file.bytes);
    if (strstr(f->err.text, part) == NULL || strstr(f->err.text, f->temp.path) == NULL)
        fail_msg("'%s' does not name the file and say '%s'", f->err.text, part);
}

static void file_is_read_whole_and_survives_cooling(void **state)
{
    struct fixture *f = *state;
    static uint8_t bytes[LIMIT];
    for (unsigned i = 0; i < LIMIT; i++)
        bytes[i] = (uint8_t)(i * 31);
    temp_file_write(&f->temp, bytes, LIMIT);
    assert_true(read_it(f));
    assert_int_equal(f->file.size, LIMIT);
    boot_file_cool(&f->file);
    assert_memory_equal(f->file.bytes, bytes, LIMIT);
}

static void file_of_one_byte_too_many_is_refused(void **state)
{
    struct fixture *f = *state;
    static const uint8_t bytes[LIMIT + 1];
    temp_file_write(&f->temp, bytes, LIMIT + 1);
    assert_refused(f, "holds more than 100000 bytes: too much");
}

static void elf_may_be_as_large_as_its_own_limit(void **state)
{
    struct fixture *f = *state;
    static uint8_t bytes[LIMIT] = "\177ELF";
    const struct boot_file_limit small = {.bytes = 5000, .elf_bytes = LIMIT, .advice = "too much"};
    temp_file_write(&f->temp, bytes, LIMIT);
    assert_true(boot_file_read(&f->file, "kernel", f->temp.path, &small, &f->err));
    assert_int_equal(f->file.size, LIMIT);
    boot_file_release(&f->file);
    bytes[0] = 0;
    temp_file_write(&f->temp, bytes, LIMIT);
    assert_false(boot_file_read(&f->file, "kernel", f->temp.path, &small, &f->err));
}

static void empty_missing_folder_and_device_are_refused(void **state)
{
    struct fixture *f = *state;
    temp_file_write(&f->temp, "", 0);
    assert_refused(f, "is empty");
    unlink(f->temp.path);
    assert_refused(f, "No such file");
    assert_false(boot_file_read(&f->file, "kernel", f->temp.folder, &limit, &f->err));
    assert_non_null(strstr(f->err.text, "is a directory"));
    assert_false(boot_file_read(&f->file, "kernel", "/dev/zero", &limit, &f->err));
    assert_non_null(strstr(f->err.text, "is a device"));
}

static void pipe_is_read_to_its_end(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "some bytes", 10), 10);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    close(ends[1]);
    assert_true(boot_file_read(&f->file, "kernel", path, &limit, &f->err));
    assert_int_equal(f->file.size, 10);
    assert_memory_equal(f->file.bytes, "some bytes", 10);
    close(ends[0]);
}

static void fifo_without_a_writer_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkfifo(f->temp.path, 0600), 0);
    assert_refused(f, "is empty");
}

/* Packs count bytes of text, repeated, as one gzip member behind `used` bytes of out. */
static size_t pack(uint8_t *out, size_t used, size_t room, const char *text, unsigned count)
{
    z_stream z = {.zalloc = Z_NULL};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = out + used;
    z.avail_out = (uInt)(room - used);
    for (unsigned i = 0; i <= count; i++) {
        z.next_in = (Bytef *)(uintptr_t)text;
        z.avail_in = i < count ? (uInt)strlen(text) : 0;
        int result = deflate(&z, i < count ? Z_NO_FLUSH : Z_FINISH);
        assert_true(result == (i < count ? Z_OK : Z_STREAM_END));
    }
    size_t end = room - z.avail_out;
    deflateEnd(&z);
    return end;
}

static bool unpack(struct fixture *f, const uint8_t *packed, size_t size)
{
    boot_file_release(&f->file);
    f->file = (struct boot_file){.bytes = packed, .size = size};
    return boot_file_gunzip(&f->file, &limit, &f->err);
}

static void all_members_are_unpacked_and_trailing_garbage_is_not(void **state)
{
    struct fixture *f = *state;
    uint8_t packed[1000];
    size_t size = pack(packed, 0, sizeof packed, "one ", 1);
    size = pack(packed, size, sizeof packed, "two", 1);
    memcpy(packed + size, "garbage", 7);
    assert_true(unpack(f, packed, size + 7));
    assert_int_equal(f->file.size, 7);
    assert_memory_equal(f->file.bytes, "one two", 7);
}

static void every_truncation_of_a_member_is_refused(void **state)
{
    struct fixture *f = *state;
    uint8_t packed[1000];
    size_t size = pack(packed, 0, sizeof packed, "a kernel of some kind", 3);
    for (size_t cut = 3; cut < size; cut++) {
        uint8_t *exact = malloc(cut);
        assert_non_null(exact);
        memcpy(exact, packed, cut);
        assert_false(unpack(f, exact, cut));
        assert_string_equal(f->err.text, "is truncated gzip data");
        free(exact);
    }
}

static void every_flipped_byte_of_a_member_is_found(void **state)
{
    struct fixture *f = *state;
    uint8_t packed[1000], text[] = "a kernel of some kind";
    size_t size = pack(packed, 0, sizeof packed, (const char *)text, 1);
    for (size_t i = 10; i < size; i++) { /* behind the header, whose time and flags nobody checks */
        packed[i] ^= 0x55;
        assert_false(unpack(f, packed, size));
        packed[i] ^= 0x55;
    }
}

static void unpacking_stops_at_the_limit(void **state)
{
    struct fixture *f = *state;
    static uint8_t packed[LIMIT];
    size_t size = pack(packed, 0, sizeof packed, "0123456789", LIMIT / 10);
    assert_true(unpack(f, packed, size));
    assert_int_equal(f->file.size, LIMIT);
    size = pack(packed, 0, sizeof packed, "0123456789", LIMIT / 10 + 1);
    assert_false(unpack(f, packed, size));
    assert_non_null(strstr(f->err.text, "too much"));
}

static void bomb_is_refused_long_before_the_limit(void **state)
{
    struct fixture *f = *state;
    const struct boot_file_limit wide = {.bytes = UINT64_C(4) << 30, .advice = "too much"};
    static uint8_t packed[1 << 20];
    static char block[1 << 16];
    memset(block, 'x', sizeof block - 1);
    size_t size = pack(packed, 0, sizeof packed, block, 2000);
    f->file = (struct boot_file){.bytes = packed, .size = size};
    assert_false(boot_file_gunzip(&f->file, &wide, &f->err));
    assert_non_null(strstr(f->err.text, "16 times"));
}

static void assert_copied(struct fixture *f, const char *text)
{
    char copy[16] = "";
    if (!boot_payload_copy(&f->payload, (uint8_t *)copy, &f->err))
        fail_msg("%s", f->err.text);
    assert_string_equal(copy, text);
}

static void payload_is_read_again_each_time_even_if_another_file_has_taken_its_name(void **state)
{
    struct fixture *f = *state;
    temp_file_write(&f->temp, "0123456789", 10);
    assert_true(boot_payload_open(&f->payload, "initrd", f->temp.path, &limit, &f->err));
    assert_int_equal(f->payload.size, 10);
    assert_int_equal(f->payload.held.size, 0);
    assert_copied(f, "0123456789");
    unlink(f->temp.path);
    temp_file_write(&f->temp, "abcdefghij", 10);
    assert_copied(f, "0123456789");
}

static void payload_that_was_written_over_is_refused(void **state)
{
    struct fixture *f = *state;
    uint8_t copy[16];
    temp_file_write(&f->temp, "0123456789", 10);
    assert_true(boot_payload_open(&f->payload, "initrd", f->temp.path, &limit, &f->err));
    temp_file_write(&f->temp, "abc", 3);
    assert_false(boot_payload_copy(&f->payload, copy, &f->err));
    assert_non_null(strstr(f->err.text, f->temp.path));
    assert_non_null(strstr(f->err.text, "was changed"));
}

static void payload_from_a_pipe_is_held(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "0123456789", 10), 10);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_true(boot_payload_open(&f->payload, "initrd", path, &limit, &f->err));
    close(ends[0]);
    assert_copied(f, "0123456789");
    assert_copied(f, "0123456789");
}

static void payload_has_the_limits_of_a_file(void **state)
{
    struct fixture *f = *state;
    static const uint8_t bytes[LIMIT + 1];
    temp_file_write(&f->temp, bytes, LIMIT + 1);
    assert_false(boot_payload_open(&f->payload, "initrd", f->temp.path, &limit, &f->err));
    assert_non_null(strstr(f->err.text, "holds more than 100000 bytes: too much"));
    temp_file_write(&f->temp, bytes, 0);
    assert_false(boot_payload_open(&f->payload, "initrd", f->temp.path, &limit, &f->err));
    assert_non_null(strstr(f->err.text, "is empty"));
    assert_false(boot_payload_open(&f->payload, "initrd", f->temp.folder, &limit, &f->err));
    assert_non_null(strstr(f->err.text, "is a directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(file_is_read_whole_and_survives_cooling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_of_one_byte_too_many_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(elf_may_be_as_large_as_its_own_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_missing_folder_and_device_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pipe_is_read_to_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fifo_without_a_writer_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_members_are_unpacked_and_trailing_garbage_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_truncation_of_a_member_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_byte_of_a_member_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unpacking_stops_at_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bomb_is_refused_long_before_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(payload_is_read_again_each_time_even_if_another_file_has_taken_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(payload_that_was_written_over_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(payload_from_a_pipe_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(payload_has_the_limits_of_a_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
