/* SPDX-License-Identifier: MIT */
/* Opening disk images: formats, sizes, rights, locks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "host/disk/disk_image.h"
#include "host/disk/disk_raw.h"

struct fixture {
    char folder[64];
    struct disk_options options;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/microvm-disk-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->options.path, sizeof f->options.path, "%s/disk", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->options.path);
    rmdir(f->folder);
    test_free(f);
    return 0;
}

/* A file of size bytes that begins with count bytes at offset. */
static void make_file(struct fixture *f, off_t size, off_t offset, const void *bytes, size_t count)
{
    int fd = open(f->options.path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(pwrite(fd, bytes, count, offset), count);
    close(fd);
}

static struct disk_file open_file(struct fixture *f)
{
    struct disk_file file;
    struct error err = {""};
    if (!disk_file_open(&f->options, &file, &err))
        fail_msg("%s", err.text);
    return file;
}

static void assert_refused(struct fixture *f, const char *because)
{
    struct disk_image image;
    struct error err = {""};
    assert_false(disk_image_open(&f->options, &image, &err));
    if (strstr(err.text, because) == NULL || strstr(err.text, f->options.path) == NULL)
        fail_msg("'%s' lacks '%s' or the name", err.text, because);
}

static void a_raw_file_is_opened_for_writing_with_its_size(void **state)
{
    struct fixture *f = *state;
    make_file(f, 1 << 20, 510, "\x55\xaa", 2);
    struct disk_file file = open_file(f);
    assert_int_equal(file.size_bytes, 1 << 20);
    assert_false(file.read_only);
    assert_int_equal(pwrite(file.fd, "x", 1, 0), 1);
    disk_file_close(&file);
}

static void other_formats_are_refused_naming_both_choices_unless_raw_is_said(void **state)
{
    static const struct {
        const char *name;
        off_t offset;
        const char *bytes;
        size_t count;
        const char *instead;
    } rows[] = {
        {"qcow2", 0, "QFI\xfb", 4, "format=qcow2"},
        {"VMDK", 0, "KDMV", 4, "qemu-img convert"},
        {"VMDK", 0, "# Disk DescriptorFile", 21, "qemu-img convert"},
        {"VDI", 64, "\x7f\x10\xda\xbe", 4, "qemu-img convert"},
        {"VHDX", 0, "vhdxfile", 8, "qemu-img convert"},
        {"VHD", 0, "conectix", 8, "qemu-img convert"},
        {"LUKS", 0, "LUKS\xba\xbe\0\1", 8, "qemu-img convert"},
        {"QED", 0, "QED\0", 4, "qemu-img convert"},
        {"Parallels", 0, "WithoutFreeSpace", 16, "qemu-img convert"},
        {"gzip", 0, "\x1f\x8b\x08\0", 4, "gunzip"},
        {"xz", 0, "\xfd\x37zXZ\0", 6, "unxz"},
        {"zstd", 0, "\x28\xb5\x2f\xfd", 4, "unzstd"},
    };
    struct fixture *f = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        make_file(f, 4096, rows[i].offset, rows[i].bytes, rows[i].count);
        f->options.format = NULL;
        assert_refused(f, rows[i].name);
        assert_refused(f, rows[i].instead);
        assert_refused(f, "format=raw");
        f->options.format = &disk_raw;
        struct disk_file file = open_file(f);
        disk_file_close(&file);
    }
}

static void a_size_that_is_no_multiple_of_512_is_refused_with_a_remedy(void **state)
{
    struct fixture *f = *state;
    make_file(f, 1025, 0, "", 0);
    assert_refused(f, "1025 bytes");
    assert_refused(f, "truncate -s %512");
    make_file(f, 0, 0, "", 0);
    assert_refused(f, "is empty");
}

static void a_missing_file_and_a_folder_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, "No such file");
    struct disk_options before = f->options;
    snprintf(f->options.path, sizeof f->options.path, "%s", f->folder);
    assert_refused(f, "neither a file nor a block device");
    f->options = before;
    assert_int_equal(mkfifo(f->options.path, 0600), 0);
    assert_refused(f, "neither a file nor a block device");
}

static void a_read_only_file_gives_a_read_only_disk_to_root_too(void **state)
{
    struct fixture *f = *state;
    make_file(f, 4096, 0, "", 0);
    assert_int_equal(chmod(f->options.path, 0444), 0);
    struct disk_file file = open_file(f);
    assert_true(file.read_only);
    assert_int_equal(pwrite(file.fd, "x", 1, 0), -1);
    disk_file_close(&file);
}

static void the_option_ro_gives_a_read_only_disk(void **state)
{
    struct fixture *f = *state;
    make_file(f, 4096, 0, "", 0);
    f->options.read_only = true;
    struct disk_file file = open_file(f);
    assert_true(file.read_only);
    assert_int_equal(pwrite(file.fd, "x", 1, 0), -1);
    disk_file_close(&file);
}

static void a_second_writer_is_refused_until_the_first_has_closed(void **state)
{
    struct fixture *f = *state;
    make_file(f, 4096, 0, "", 0);
    struct disk_file first = open_file(f);
    assert_refused(f, "in use by another machine");
    assert_refused(f, "copy");
    disk_file_close(&first);
    first = open_file(f);
    disk_file_close(&first);
}

static void readers_share_a_file_but_not_with_a_writer(void **state)
{
    struct fixture *f = *state;
    make_file(f, 4096, 0, "", 0);
    f->options.read_only = true;
    struct disk_file first = open_file(f);
    struct disk_file second = open_file(f);
    f->options.read_only = false;
    assert_refused(f, "in use");
    disk_file_close(&first);
    disk_file_close(&second);
    first = open_file(f);
    f->options.read_only = true;
    assert_refused(f, "another machine that writes it");
    disk_file_close(&first);
}

static void the_lock_of_a_refused_file_is_given_back(void **state)
{
    struct fixture *f = *state;
    make_file(f, 4096, 0, "QFI\xfb", 4);
    assert_refused(f, "qcow2");
    f->options.format = &disk_raw;
    struct disk_file file = open_file(f);
    disk_file_close(&file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_raw_file_is_opened_for_writing_with_its_size),
        TEST(other_formats_are_refused_naming_both_choices_unless_raw_is_said),
        TEST(a_size_that_is_no_multiple_of_512_is_refused_with_a_remedy),
        TEST(a_missing_file_and_a_folder_are_refused),
        TEST(a_read_only_file_gives_a_read_only_disk_to_root_too),
        TEST(the_option_ro_gives_a_read_only_disk),
        TEST(a_second_writer_is_refused_until_the_first_has_closed),
        TEST(readers_share_a_file_but_not_with_a_writer),
        TEST(the_lock_of_a_refused_file_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
