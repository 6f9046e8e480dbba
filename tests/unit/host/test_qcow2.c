/* SPDX-License-Identifier: MIT */
/* qcow2 images of our own making: what is read of them, what is refused and how, and what a host does that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "host/disk/disk_image.h"
#include "host/disk/disk_raw.h"
#include "qcow2_sample.h"
#include "read_in_memory.h"

#define FILE_BYTES (UINT64_C(1) << 20)
#define DISK_BYTES UINT64_C(100352)

struct rig {
    char folder[64], path[128];
    struct qcow2_sample sample;
    struct disk_options options;
    uint8_t file[FILE_BYTES], model[DISK_BYTES], seen[DISK_BYTES];
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    strcpy(rig->folder, "/tmp/qcow2-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof rig->path, "%s/image", rig->folder);
    rig->sample =
        (struct qcow2_sample){.version = 3, .cluster_bits = 12, .refcount_order = 4, .size_bytes = DISK_BYTES};
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", rig->folder);
    assert_int_equal(system(command), 0);
    free(rig);
    return 0;
}

static void make(struct rig *rig)
{
    memset(rig->file, 0, sizeof rig->file);
    memset(rig->model, 0, sizeof rig->model);
    assert_true(sample_plan(&rig->sample, FILE_BYTES));
    sample_make(&rig->sample, rig->file, rig->model);
}

static void store(struct rig *rig, const char *name, const uint8_t *bytes, size_t count)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", rig->folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, count, 0), count);
    close(fd);
}

static void store_image(struct rig *rig, const char *name)
{
    store(rig, name, rig->file, sample_bytes(&rig->sample));
}

static bool try_open(struct rig *rig, const char *options, const struct disk_calls *calls, struct disk_image *image,
                     struct error *err)
{
    char text[256];
    snprintf(text, sizeof text, "%s,format=qcow2%s", rig->path, options);
    assert_true(disk_options_parse(text, &rig->options, err));
    if (!disk_image_open(&rig->options, image, err))
        return false;
    bool started = image->format->start(image->state, calls, err);
    if (!started)
        disk_image_close(image);
    return started;
}

static struct disk_image open_with(struct rig *rig, const char *options, const struct disk_calls *calls)
{
    struct disk_image image;
    struct error err = {""};
    if (!try_open(rig, options, calls, &image, &err))
        fail_msg("%s", err.text);
    return image;
}

static void assert_refused(struct rig *rig, const char *options, const char *because)
{
    struct disk_image image;
    struct error err = {""};
    store_image(rig, "image");
    assert_false(try_open(rig, options, disk_calls_host(), &image, &err));
    if (strstr(err.text, because) == NULL || strstr(err.text, rig->folder) == NULL || strchr(err.text, '\n') != NULL)
        fail_msg("'%s' lacks '%s' or the name", err.text, because);
}

static void assert_reads(struct rig *rig, const struct disk_image *image)
{
    assert_int_equal(image->format->read(image->state, rig->seen, DISK_BYTES, 0), 0);
    assert_memory_equal(rig->seen, rig->model, DISK_BYTES);
}

static ssize_t read_nothing(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)owner, (void)fd, (void)bytes, (void)count, (void)offset;
    errno = EAGAIN;
    return -1;
}

/* How many sectors can be read at once; those that can must be right. */
static unsigned sectors_at_hand(struct rig *rig, const struct disk_image *image)
{
    unsigned found = 0;
    for (uint64_t at = 0; at < DISK_BYTES; at += 512) {
        int error = image->format->read_at_hand(image->state, rig->seen, 512, at);
        assert_true(error == 0 || error == EAGAIN);
        if (error == 0)
            assert_memory_equal(rig->seen, rig->model + at, 512);
        found += error == 0;
    }
    return found;
}

static void what_the_host_has_in_memory_is_read_at_once_unless_it_is_packed(void **state)
{
    struct rig *rig = *state;
    struct disk_calls calls = *disk_calls_host();
    calls.read_at_hand = read_in_memory;
    make(rig);
    store_image(rig, "image");
    struct disk_image image = open_with(rig, "", &calls);
    unsigned all = DISK_BYTES / 512, unpacked = sectors_at_hand(rig, &image);
    assert_true(unpacked > 0 && unpacked < all);
    assert_reads(rig, &image); /* the last packed cluster stays unpacked */
    assert_true(sectors_at_hand(rig, &image) > unpacked);
    disk_image_close(&image);
    calls.read_at_hand = read_nothing;
    image = open_with(rig, "", &calls);
    assert_int_equal(sectors_at_hand(rig, &image), 0); /* not even the tables */
    assert_reads(rig, &image);
    unsigned empty = sectors_at_hand(rig, &image); /* what has no cluster needs no file */
    assert_true(empty > 0 && empty < unpacked);
    disk_image_close(&image);
}

static void each_kind_of_cluster_is_read_with_every_width_of_refcounts(void **state)
{
    struct rig *rig = *state;
    for (rig->sample.version = 2; rig->sample.version <= 3; rig->sample.version++)
        for (rig->sample.cluster_bits = 9; rig->sample.cluster_bits <= 14; rig->sample.cluster_bits++)
            for (rig->sample.refcount_order = 0; rig->sample.refcount_order <= 6; rig->sample.refcount_order++) {
                if (rig->sample.version == 2 && rig->sample.refcount_order != 4)
                    continue;
                make(rig);
                store_image(rig, "image");
                struct disk_image image = open_with(rig, "", disk_calls_host());
                assert_reads(rig, &image);
                assert_int_equal(image.format->write(image.state, rig->file, 40000, 1536), 0);
                memcpy(rig->model + 1536, rig->file, 40000);
                assert_reads(rig, &image);
                assert_int_equal(image.format->close(image.state), 0);
                image = open_with(rig, ",ro", disk_calls_host());
                assert_reads(rig, &image);
                disk_image_close(&image);
            }
}

static void what_is_not_supported_is_named(void **state)
{
    static const struct {
        unsigned at, size;
        uint64_t value;
        const char *because;
    } rows[] = {
        {0, 4, 0x51464900, "does not begin like one"},
        {4, 4, 1, "version 1"},
        {20, 4, 8, "clusters of 2^8"},
        {20, 4, 22, "clusters of 2^22"},
        {24, 8, 1000, "no multiple of 512"},
        {24, 8, 0, "is empty"},
        {24, 8, UINT64_C(1) << 50, "L1 table"},
        {32, 4, 2, "encrypted"},
        {36, 4, 0xffffffff, "L1 table"},
        {40, 8, 512, "its L1 table is at byte 512"},
        {48, 8, UINT64_C(1) << 40, "its refcount table"},
        {56, 4, 0, "refcount table of 0 clusters"},
        {56, 4, 0x7fffffff, "refcount table of"},
        {60, 4, 0x7fffffff, "snapshots are too many"},
        {72, 8, 2, "marked as corrupt: 'qemu-img check -r all'"},
        {72, 8, 4, "an external data file"},
        {72, 8, 8, "compression type 0"},
        {72, 8, 16, "extended L2 entries"},
        {72, 8, UINT64_C(1) << 40, "feature 40"},
        {96, 4, 7, "refcounts of order 7"},
        {100, 4, 100, "a header of 100 bytes"},
        {8, 8, 4090, "the name of its backing file"},
    };
    struct rig *rig = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        make(rig);
        big_put(rig->file + 16, 4, 100);
        big_put(rig->file + rows[i].at, rows[i].size, rows[i].value);
        assert_refused(rig, ",ro", rows[i].because);
    }
}

static void a_feature_that_is_not_known_is_told_by_the_name_that_the_image_has_for_it(void **state)
{
    struct rig *rig = *state;
    make(rig);
    big_put(rig->file + 72, 8, BIT(9));
    big_put(rig->file + 104, 4, 0x6803f857);
    big_put(rig->file + 108, 4, 48);
    rig->file[113] = 9;
    strcpy((char *)rig->file + 114, "time\ntravel");
    assert_refused(rig, "", "feature 9 ('time?travel')");
}

static void a_backing_file_must_be_a_file_of_a_known_format(void **state)
{
    static const struct {
        const char *name, *format, *options, *because;
    } rows[] = {
        {"base", NULL, "", "does not say of which format"},
        {"base", "vmdk", "", "of another format than raw and qcow2"},
        {"gone", "raw", "", "No such file"},
        {"nbd://host/x", "raw", "", "is no file of the host"},
        {"json:{\"file\": 1}", "raw", "", "is no file of the host"},
        {"image", "qcow2", "", "the chain has no end"},
        {"./image", "raw", "", "the chain has no end"},
        {"base", NULL, ",backing-format=qcow2", "does not begin like one"},
    };
    struct rig *rig = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        rig->sample.backing = rows[i].name;
        rig->sample.backing_format = rows[i].format;
        make(rig);
        memset(rig->seen, 7, sizeof rig->seen);
        store(rig, "base", rig->seen, 50176);
        assert_refused(rig, rows[i].options, rows[i].because);
    }
}

static void chains_end_at_a_depth_that_is_named(void **state)
{
    struct rig *rig = *state;
    char name[2][16];
    for (unsigned i = 41; i-- > 0;) {
        snprintf(name[0], sizeof name[0], "c%u", i);
        snprintf(name[1], sizeof name[1], "c%u", i + 1);
        rig->sample.backing = name[1];
        rig->sample.backing_format = "qcow2";
        make(rig);
        store_image(rig, i == 0 ? "image" : name[0]);
    }
    assert_refused(rig, "", "more than 32 backing files");
}

static void holes_show_the_backing_file_as_far_as_it_goes(void **state)
{
    struct rig *rig = *state;
    rig->sample.backing = "file:base";
    memset(rig->seen, 7, sizeof rig->seen);
    store(rig, "base", rig->seen, 50176);
    make(rig);
    memset(rig->file, 0, sizeof rig->file);
    memset(rig->model, 0, sizeof rig->model);
    memset(rig->model, 7, 50176);
    sample_make(&rig->sample, rig->file, rig->model);
    store_image(rig, "image");
    struct disk_image image = open_with(rig, ",backing-format=raw", disk_calls_host());
    assert_reads(rig, &image);
    disk_image_close(&image);
}

static void tables_that_lead_nowhere_are_errors_of_the_disk(void **state)
{
    static const uint64_t entries[] = {BIT(63) | BIT(40), BIT(63) | 0x1200, BIT(62) | BIT(40), BIT(55)};
    struct rig *rig = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
        make(rig);
        big_put(rig->file + rig->sample.l2_offset, 8, entries[i]);
        store_image(rig, "image");
        struct disk_image image = open_with(rig, "", disk_calls_host());
        assert_int_equal(image.format->read(image.state, rig->seen, 512, 0), EIO);
        assert_int_equal(image.format->write(image.state, rig->seen, 512, 0), EIO);
        assert_int_equal(image.format->read(image.state, rig->seen, 512, 8192), 0);
        disk_image_close(&image);
    }
}

static void an_images_own_tables_are_no_place_for_data(void **state)
{
    struct rig *rig = *state;
    make(rig);
    uint64_t places[] = {rig->sample.l1_offset, 4096};
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        make(rig);
        big_put(rig->file + rig->sample.l2_offset, 8, BIT(63) | places[i]);
        store_image(rig, "image");
        struct disk_image image = open_with(rig, "", disk_calls_host());
        assert_int_equal(image.format->write(image.state, rig->model, 512, 0), EIO);
        disk_image_close(&image);
    }
}

static void a_dirty_image_that_contradicts_itself_is_left_alone(void **state)
{
    struct rig *rig = *state;
    make(rig);
    big_put(rig->file + 72, 8, 1);
    big_put(rig->file + rig->sample.l2_offset, 8, BIT(63) | BIT(40));
    assert_refused(rig, "", "'qemu-img check -r all' may do it");
    struct disk_image image = open_with(rig, ",ro", disk_calls_host());
    disk_image_close(&image);
}

/* Every n-th write or allocation fails for want of space. */
struct full_host {
    unsigned every, calls;
};

static bool is_full(struct full_host *host)
{
    errno = ENOSPC;
    return ++host->calls % host->every == 0;
}

static ssize_t read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)owner;
    return pread(fd, bytes, count, offset);
}

static ssize_t write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    return is_full(owner) ? -1 : pwrite(fd, bytes, count, offset);
}

static int sync_data(void *owner, int fd)
{
    (void)owner, (void)fd;
    return 0;
}

static int allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    return is_full(owner) ? -1 : fallocate(fd, mode, offset, length);
}

/* Until it succeeds, as a machine does that was stopped. */
static void write_until_done(const struct disk_image *image, const uint8_t *bytes, size_t count, uint64_t offset)
{
    int error = ENOSPC;
    for (unsigned tries = 0; tries < 1000 && error == ENOSPC; tries++)
        error = image->format->write(image->state, bytes, count, offset);
    assert_int_equal(error, 0);
}

static void write_everywhere(struct rig *rig, const struct disk_image *image)
{
    static uint8_t bytes[3000];
    for (uint64_t at = 0, i = 0; at + sizeof bytes <= DISK_BYTES; at += 4096 - 512, i++) {
        sample_fill(bytes, sizeof bytes, i);
        write_until_done(image, bytes, sizeof bytes, at);
        memcpy(rig->model + at, bytes, sizeof bytes);
        if (i % 5 == 4)
            while (image->format->flush(image->state) != 0)
                continue;
    }
}

static void a_host_that_is_full_for_a_while_loses_nothing(void **state)
{
    struct rig *rig = *state;
    for (unsigned every = 12; every < 40; every++) {
        struct full_host host = {.every = every};
        struct disk_calls calls = {&host, read_at, write_at, sync_data, allocate, NULL};
        rig->sample.cluster_bits = 9 + every % 4;
        make(rig);
        store_image(rig, "image");
        struct disk_image image = open_with(rig, "", &calls);
        write_everywhere(rig, &image);
        assert_reads(rig, &image);
        while (image.format->flush(image.state) != 0)
            continue;
        disk_image_close(&image); /* which may fail too: what was flushed is there */
        image = open_with(rig, "", disk_calls_host());
        assert_reads(rig, &image);
        assert_int_equal(image.format->close(image.state), 0);
    }
}

static int no_sync(void *owner, int fd)
{
    (void)owner, (void)fd;
    errno = EIO;
    return -1;
}

static void a_failed_sync_fails_all_later_flushes(void **state)
{
    struct rig *rig = *state;
    struct full_host host = {.every = UINT32_MAX};
    struct disk_calls calls = {&host, read_at, write_at, no_sync, allocate, NULL};
    make(rig);
    store_image(rig, "image");
    struct disk_image image = open_with(rig, "", &calls);
    assert_int_equal(image.format->write(image.state, rig->model, 512, 4096), EIO); /* it could not even be marked */
    assert_int_equal(image.format->flush(image.state), EIO);
    assert_int_equal(image.format->flush(image.state), EIO);
    assert_int_equal(image.format->close(image.state), EIO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_cluster_is_read_with_every_width_of_refcounts),
        TEST(what_the_host_has_in_memory_is_read_at_once_unless_it_is_packed),
        TEST(what_is_not_supported_is_named),
        TEST(a_feature_that_is_not_known_is_told_by_the_name_that_the_image_has_for_it),
        TEST(a_backing_file_must_be_a_file_of_a_known_format),
        TEST(chains_end_at_a_depth_that_is_named),
        TEST(holes_show_the_backing_file_as_far_as_it_goes),
        TEST(tables_that_lead_nowhere_are_errors_of_the_disk),
        TEST(an_images_own_tables_are_no_place_for_data),
        TEST(a_dirty_image_that_contradicts_itself_is_left_alone),
        TEST(a_host_that_is_full_for_a_while_loses_nothing),
        TEST(a_failed_sync_fails_all_later_flushes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
