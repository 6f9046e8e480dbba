/* SPDX-License-Identifier: MIT */
/* The disk log: what is recorded, what a reader takes of a damaged one, and the states after a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/disk/disk.h"
#include "host/disk/disk_crash.h"
#include "host/disk/disk_raw.h"

enum { BLOCKS = 8, LOG_BYTES = 1 << 20 };
#define IMAGE_BYTES (BLOCKS * DISK_BLOCK_BYTES)

struct rig {
    char folder[64], log_path[96], disk_path[96];
    struct disk_log *log;
    struct disk_calls calls;
    int disk;
    uint8_t bytes[LOG_BYTES]; /* of the log, once it is read */
    struct disk_log_reader reader;
    uint8_t image[IMAGE_BYTES]; /* a state after a crash */
};

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct error err;
    strcpy(rig->folder, "/tmp/microvm-log-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->log_path, sizeof rig->log_path, "%s/log", rig->folder);
    snprintf(rig->disk_path, sizeof rig->disk_path, "%s/disk", rig->folder);
    rig->disk = open(rig->disk_path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(ftruncate(rig->disk, IMAGE_BYTES), 0);
    rig->log = disk_log_create(rig->log_path, &err);
    assert_non_null(rig->log);
    assert_true(disk_log_add(rig->log, "disk.img", IMAGE_BYTES, &rig->calls, &err));
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    disk_log_close(rig->log, NULL);
    close(rig->disk);
    unlink(rig->disk_path);
    unlink(rig->log_path);
    rmdir(rig->folder);
    test_free(rig);
    return 0;
}

static void write_blocks(struct rig *rig, unsigned first, unsigned count, uint8_t byte)
{
    uint8_t bytes[IMAGE_BYTES];
    memset(bytes, byte, sizeof bytes);
    ssize_t written = rig->calls.write_at(rig->calls.owner, rig->disk, bytes, count * DISK_BLOCK_BYTES,
                                          (off_t)first * DISK_BLOCK_BYTES);
    assert_int_equal(written, count * DISK_BLOCK_BYTES);
}

static void sync_disk(struct rig *rig)
{
    assert_int_equal(rig->calls.sync_data(rig->calls.owner, rig->disk), 0);
}

/* Closes the log and reads its first bytes, all if size is 0. */
static void read_log(struct rig *rig, size_t size)
{
    struct error err;
    assert_true(disk_log_close(rig->log, &err));
    rig->log = NULL;
    FILE *file = fopen(rig->log_path, "rb");
    assert_non_null(file);
    size_t got = fread(rig->bytes, 1, sizeof rig->bytes, file);
    fclose(file);
    assert_true(disk_log_read_begin(&rig->reader, rig->bytes, size != 0 ? size : got, &err));
}

static bool write_image(void *owner, uint64_t offset, uint64_t length, const uint8_t *data, struct error *err)
{
    (void)err;
    struct rig *rig = owner;
    assert_true(offset <= IMAGE_BYTES && length <= IMAGE_BYTES - offset);
    if (data != NULL)
        memcpy(rig->image + offset, data, length);
    else
        memset(rig->image + offset, 0, length);
    return true;
}

static void crash(struct rig *rig, struct disk_crash what)
{
    struct disk_crash_calls calls = {rig, write_image};
    memset(rig->image, 0, sizeof rig->image);
    assert_true(disk_crash_apply(&rig->reader, &what, &calls, NULL));
}

/* The byte that fills the block. */
static uint8_t block(const struct rig *rig, unsigned number)
{
    const uint8_t *bytes = rig->image + number * DISK_BLOCK_BYTES;
    for (unsigned i = 1; i < DISK_BLOCK_BYTES; i++)
        assert_int_equal(bytes[i], bytes[0]);
    return bytes[0];
}

static void calls_are_recorded_in_their_order(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 1, 2, 0xaa);
    sync_disk(rig);
    assert_int_equal(rig->calls.allocate(rig->calls.owner, rig->disk, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                         DISK_BLOCK_BYTES, DISK_BLOCK_BYTES),
                     0);
    read_log(rig, 0);
    static const enum disk_log_kind kinds[] = {DISK_LOG_DISK, DISK_LOG_WRITE, DISK_LOG_STABLE, DISK_LOG_ZEROES,
                                               DISK_LOG_END};
    struct disk_log_record record;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_true(disk_log_read(&rig->reader, &record));
        assert_int_equal(record.kind, kinds[i]);
        if (record.kind == DISK_LOG_DISK) {
            assert_int_equal(record.offset, IMAGE_BYTES);
            assert_memory_equal(record.data, "disk.img", record.length);
        } else if (record.kind == DISK_LOG_WRITE) {
            assert_int_equal(record.offset, DISK_BLOCK_BYTES);
            assert_int_equal(record.length, 2 * DISK_BLOCK_BYTES);
            assert_int_equal(record.data[record.length - 1], 0xaa);
        }
    }
    assert_false(disk_log_read(&rig->reader, &record));
}

static void calls_that_fail_are_not_recorded(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(rig->calls.write_at(rig->calls.owner, -1, "x", 1, 0), -1);
    assert_int_equal(rig->calls.sync_data(rig->calls.owner, -1), -1);
    assert_int_equal(rig->calls.allocate(rig->calls.owner, -1, 0, 0, 1), -1);
    read_log(rig, 0);
    assert_int_equal(disk_log_count(&rig->reader), 2); /* the disk, the end */
}

static void a_log_cut_anywhere_gives_its_whole_records(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 0, 1, 1);
    write_blocks(rig, 1, 1, 2);
    read_log(rig, 0);
    size_t size = rig->reader.size, first = DISK_LOG_HEADER_BYTES + DISK_LOG_RECORD_BYTES + strlen("disk.img"),
           each = DISK_LOG_RECORD_BYTES + DISK_BLOCK_BYTES;
    for (size_t cut = DISK_LOG_HEADER_BYTES; cut < size; cut += 7) {
        struct disk_log_reader reader = {rig->bytes, cut, DISK_LOG_HEADER_BYTES};
        assert_int_equal(disk_log_count(&reader), (cut >= first) + (cut >= first + each) + (cut >= first + 2 * each));
    }
}

static void a_damaged_record_ends_the_log(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 0, 1, 1);
    read_log(rig, 0);
    uint64_t whole = disk_log_count(&rig->reader);
    for (size_t i = DISK_LOG_HEADER_BYTES; i < rig->reader.size; i++) {
        rig->bytes[i] ^= 0x10;
        assert_true(disk_log_count(&rig->reader) < whole);
        rig->bytes[i] ^= 0x10;
    }
    assert_int_equal(disk_log_count(&rig->reader), whole);
}

static void what_is_no_log_is_refused(void **state)
{
    (void)state;
    struct disk_log_reader reader;
    struct error err;
    uint8_t bytes[DISK_LOG_HEADER_BYTES] = "MVDISKL?";
    assert_false(disk_log_read_begin(&reader, bytes, sizeof bytes, &err));
    disk_log_file_header(bytes);
    assert_false(disk_log_read_begin(&reader, bytes, sizeof bytes - 1, &err));
    assert_true(disk_log_read_begin(&reader, bytes, sizeof bytes, &err));
    bytes[8]++;
    assert_false(disk_log_read_begin(&reader, bytes, sizeof bytes, &err));
    assert_non_null(strstr(err.text, "version 2"));
}

static void what_was_flushed_before_the_crash_is_always_there(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 0, 4, 1); /* record 1 */
    sync_disk(rig);             /* record 2 */
    write_blocks(rig, 0, 8, 2); /* record 3 */
    read_log(rig, 0);
    unsigned seen[3] = {0};
    for (uint64_t seed = 0; seed < 200; seed++) {
        crash(rig, (struct disk_crash){.cut = 4, .seed = seed});
        for (unsigned i = 0; i < 4; i++)
            seen[block(rig, i)]++;
        for (unsigned i = 4; i < 8; i++)
            assert_int_not_equal(block(rig, i), 1);
    }
    assert_int_equal(seen[0], 0);
    assert_true(seen[1] > 100 && seen[2] > 100);
}

static void a_crash_before_a_record_shows_nothing_of_it(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 0, 1, 1);
    write_blocks(rig, 1, 1, 2);
    read_log(rig, 0);
    for (uint64_t seed = 0; seed < 50; seed++) {
        crash(rig, (struct disk_crash){.cut = 2, .seed = seed});
        assert_int_equal(block(rig, 1), 0);
    }
    crash(rig, (struct disk_crash){.cut = 3, .whole = true});
    assert_int_equal(block(rig, 0), 1);
    assert_int_equal(block(rig, 1), 2);
}

static void without_a_flush_all_may_be_lost_or_torn(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 0, 8, 1);
    read_log(rig, 0);
    unsigned none = 0, all = 0, some = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        crash(rig, (struct disk_crash){.cut = 2, .seed = seed});
        unsigned there = 0;
        for (unsigned i = 0; i < 8; i++)
            there += block(rig, i);
        none += there == 0;
        all += there == 8;
        some += there != 0 && there != 8;
    }
    assert_true(none > 20 && all > 50 && some > 20);
}

static void a_lying_disk_loses_what_was_flushed(void **state)
{
    struct rig *rig = *state;
    write_blocks(rig, 0, 1, 1);
    sync_disk(rig);
    read_log(rig, 0);
    unsigned lost = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        crash(rig, (struct disk_crash){.cut = 3, .seed = seed, .lie = true});
        lost += block(rig, 0) == 0;
    }
    assert_true(lost > 5);
}

static void the_same_seed_gives_the_same_state(void **state)
{
    struct rig *rig = *state;
    uint8_t first[IMAGE_BYTES];
    for (uint8_t i = 0; i < 8; i++)
        write_blocks(rig, i, 1, (uint8_t)(i + 1));
    read_log(rig, 0);
    crash(rig, (struct disk_crash){.cut = 9, .seed = 3});
    memcpy(first, rig->image, sizeof first);
    crash(rig, (struct disk_crash){.cut = 9, .seed = 3});
    assert_memory_equal(first, rig->image, sizeof first);
}

static void a_disk_in_use_is_not_taken_for_a_log(void **state)
{
    struct rig *rig = *state;
    struct disk_options options = {.format = &disk_raw};
    struct disk_file file;
    struct error err;
    struct stat before, after;
    strcpy(options.path, rig->disk_path);
    assert_true(disk_file_open(&options, &file, &err));
    assert_int_equal(stat(rig->disk_path, &before), 0);
    assert_null(disk_log_create(rig->disk_path, &err));
    assert_int_equal(stat(rig->disk_path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    disk_file_close(&file);
}

/* The limit for files stands for a file system that is full. */
static void a_log_that_cannot_grow_is_told_once_and_is_not_whole(void **state)
{
    struct rig *rig = *state;
    struct rlimit before, small;
    struct error err;
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){DISK_BLOCK_BYTES, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    write_blocks(rig, 0, 1, 1); /* fits into the disk, but not behind the record's header in the log */
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_true(disk_log_take_warning(rig->log, &err));
    assert_false(disk_log_take_warning(rig->log, &err));
    write_blocks(rig, 1, 1, 1);
    assert_false(disk_log_close(rig->log, &err));
    rig->log = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_are_recorded_in_their_order),           TEST(calls_that_fail_are_not_recorded),
        TEST(a_log_cut_anywhere_gives_its_whole_records),  TEST(a_damaged_record_ends_the_log),
        cmocka_unit_test(what_is_no_log_is_refused),       TEST(what_was_flushed_before_the_crash_is_always_there),
        TEST(a_crash_before_a_record_shows_nothing_of_it), TEST(without_a_flush_all_may_be_lost_or_torn),
        TEST(a_lying_disk_loses_what_was_flushed),         TEST(the_same_seed_gives_the_same_state),
        TEST(a_disk_in_use_is_not_taken_for_a_log),        TEST(a_log_that_cannot_grow_is_told_once_and_is_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
