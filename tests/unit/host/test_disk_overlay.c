/* SPDX-License-Identifier: MIT */
/* An overlay shows a disk with all that was written to it, while the image stays as it was; and it can be carried over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "host/disk/disk_overlay.h"
#include "host/disk/disk_raw.h"
#include "read_in_memory.h"

#define SECTOR 512u
/* The last block is not whole. */
#define DISK_BYTES (37 * DISK_OVERLAY_BLOCK_BYTES + 3 * SECTOR)
#define WRITES 400

struct rig {
    int image;
    struct disk_overlay *overlay;
    struct disk_image disk; /* with both */
    uint8_t before[DISK_BYTES], model[DISK_BYTES];
};

/* An overlay over the file, whose descriptor stays the caller's. */
static struct disk_overlay *overlaid(int fd, struct disk_image *disk)
{
    struct disk_file file = {.fd = dup(fd), .size_bytes = DISK_BYTES, .read_only = true};
    struct error err;
    assert_true(disk_raw_image(&file, disk_calls_host(), DISK_CACHE_WRITEBACK, disk, &err));
    return disk_overlay_create(disk, &err);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    for (size_t i = 0; i < DISK_BYTES; i++)
        rig->before[i] = rig->model[i] = (uint8_t)(i * 7 + i / 512);
    rig->image = memfd_create("image", MFD_CLOEXEC);
    assert_int_equal(pwrite(rig->image, rig->before, DISK_BYTES, 0), DISK_BYTES);
    rig->overlay = overlaid(rig->image, &rig->disk);
    assert_non_null(rig->overlay);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    disk_overlay_destroy(rig->overlay);
    close(rig->image);
    free(rig);
    return 0;
}

static void write_all(struct rig *rig, const uint8_t *bytes, size_t count, uint64_t offset)
{
    assert_int_equal(rig->disk.format->write(rig->disk.state, bytes, count, offset), 0);
}

static void read_all(const struct disk_image *disk, uint8_t *bytes, size_t count, uint64_t offset)
{
    assert_int_equal(disk->format->read(disk->state, bytes, count, offset), 0);
}

static void write_at_random(struct rig *rig, uint64_t seed)
{
    static uint8_t bytes[DISK_BYTES];
    for (unsigned i = 0; i < WRITES; i++) {
        size_t sectors = DISK_BYTES / SECTOR, first = splitmix_next(&seed) % sectors;
        size_t most = sectors - first < 40 ? sectors - first : 40, count = 1 + splitmix_next(&seed) % most;
        memset(bytes, (int)splitmix_next(&seed) & 0xff, count * SECTOR);
        write_all(rig, bytes, count * SECTOR, first * SECTOR);
        memcpy(rig->model + first * SECTOR, bytes, count * SECTOR);
    }
}

static void writes_are_read_back_and_leave_the_image_alone(void **state)
{
    struct rig *rig = *state;
    static uint8_t seen[DISK_BYTES];
    write_at_random(rig, 1);
    read_all(&rig->disk, seen, DISK_BYTES, 0);
    assert_memory_equal(seen, rig->model, DISK_BYTES);
    assert_int_equal(pread(rig->image, seen, DISK_BYTES, 0), DISK_BYTES);
    assert_memory_equal(seen, rig->before, DISK_BYTES);
}

static void only_what_nobody_has_changed_is_read_at_once(void **state)
{
    struct rig *rig = *state;
    const struct disk_format *format = rig->disk.format;
    struct disk_calls calls = *disk_calls_host();
    calls.read_at_hand = read_in_memory;
    assert_true(format->start(rig->disk.state, &calls, NULL));
    uint8_t seen[2 * DISK_OVERLAY_BLOCK_BYTES];
    assert_int_equal(format->read_at_hand(rig->disk.state, seen, sizeof seen, SECTOR), 0);
    assert_memory_equal(seen, rig->before + SECTOR, sizeof seen);
    write_all(rig, rig->before, SECTOR, 2 * DISK_OVERLAY_BLOCK_BYTES + SECTOR);
    assert_int_equal(format->read_at_hand(rig->disk.state, seen, sizeof seen, SECTOR), EAGAIN);
    assert_int_equal(format->read_at_hand(rig->disk.state, seen, SECTOR, 2 * DISK_OVERLAY_BLOCK_BYTES), EAGAIN);
    assert_int_equal(format->read_at_hand(rig->disk.state, seen, sizeof seen, 0), 0);
}

static void zeros_are_written_over_what_the_image_has(void **state)
{
    struct rig *rig = *state;
    static uint8_t seen[DISK_BYTES];
    size_t first = 3 * SECTOR, count = DISK_BYTES - 4 * SECTOR;
    assert_int_equal(rig->disk.format->write_zeroes(rig->disk.state, first, count, true), 0);
    memset(rig->model + first, 0, count);
    read_all(&rig->disk, seen, DISK_BYTES, 0);
    assert_memory_equal(seen, rig->model, DISK_BYTES);
}

static void data_is_found_in_the_overlay_and_in_the_image(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(ftruncate(rig->image, 0), 0);
    assert_int_equal(ftruncate(rig->image, DISK_BYTES), 0);
    assert_true(rig->disk.format->next_data(rig->disk.state, 0) >= DISK_BYTES);
    write_all(rig, rig->before, SECTOR, 9 * DISK_OVERLAY_BLOCK_BYTES);
    assert_true(rig->disk.format->next_data(rig->disk.state, 0) == 9 * DISK_OVERLAY_BLOCK_BYTES);
    assert_int_equal(pwrite(rig->image, "x", 1, 4 * DISK_OVERLAY_BLOCK_BYTES), 1);
    assert_true(rig->disk.format->next_data(rig->disk.state, 0) == 4 * DISK_OVERLAY_BLOCK_BYTES);
}

static void only_what_was_written_counts_as_changed(void **state)
{
    struct rig *rig = *state;
    uint64_t at = 0, end = 0;
    assert_false(disk_overlay_next(rig->overlay, &at, &end));
    write_all(rig, rig->before, SECTOR, 5 * DISK_OVERLAY_BLOCK_BYTES + SECTOR);
    write_all(rig, rig->before, SECTOR, DISK_BYTES - SECTOR);
    at = 0;
    assert_true(disk_overlay_next(rig->overlay, &at, &end));
    assert_true(at == 5 * DISK_OVERLAY_BLOCK_BYTES && end == 6 * DISK_OVERLAY_BLOCK_BYTES);
    at = end;
    assert_true(disk_overlay_next(rig->overlay, &at, &end));
    assert_true(at == 37 * DISK_OVERLAY_BLOCK_BYTES && end == DISK_BYTES);
}

static void carry_over(const struct disk_overlay *from, struct disk_overlay *to)
{
    struct error err;
    size_t bytes;
    const uint8_t *map = disk_overlay_map(from, &bytes);
    static uint8_t data[DISK_BYTES];
    assert_true(disk_overlay_load_map(to, map, bytes, &err));
    for (uint64_t at = 0, end = 0; disk_overlay_next(from, &at, &end); at = end) {
        assert_true(disk_overlay_read(from, at, data, (size_t)(end - at), &err));
        assert_true(disk_overlay_load(to, at, data, (size_t)(end - at), &err));
    }
}

static void an_overlay_that_was_carried_over_shows_the_same(void **state)
{
    struct rig *rig = *state;
    struct disk_image disk;
    static uint8_t seen[DISK_BYTES];
    struct disk_overlay *other = overlaid(rig->image, &disk);
    write_at_random(rig, 2);
    carry_over(rig->overlay, other);
    read_all(&disk, seen, DISK_BYTES, 0);
    assert_memory_equal(seen, rig->model, DISK_BYTES);
    disk_overlay_destroy(other);
}

static void a_map_of_another_disk_is_refused(void **state)
{
    struct rig *rig = *state;
    struct error err;
    uint8_t map[8] = {0};
    assert_false(disk_overlay_load_map(rig->overlay, map, 4, &err));
    map[4] = 0x80; /* block 39 of 38 */
    assert_false(disk_overlay_load_map(rig->overlay, map, 5, &err));
    map[4] = 0x20;
    assert_true(disk_overlay_load_map(rig->overlay, map, 5, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_are_read_back_and_leave_the_image_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_nobody_has_changed_is_read_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zeros_are_written_over_what_the_image_has, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_is_found_in_the_overlay_and_in_the_image, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_was_written_counts_as_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_overlay_that_was_carried_over_shows_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_map_of_another_disk_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
