/* SPDX-License-Identifier: MIT */
/* The capture file, read back byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/net/pcap.h"

static char path[] = "/tmp/microvm-pcap-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static size_t read_file(uint8_t *bytes, size_t size)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t got = read(fd, bytes, size);
    close(fd);
    assert_true(got >= 0);
    return (size_t)got;
}

static uint32_t word(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static void each_frame_is_in_the_file_at_once(void **state)
{
    (void)state;
    uint8_t file[256];
    struct pcap *pcap = pcap_open(path, NULL);
    assert_non_null(pcap);
    assert_int_equal(read_file(file, sizeof file), 24);
    assert_int_equal(word(file), 0xa1b23c4d);
    assert_int_equal(word(file + 4), 2 | 4 << 16);
    assert_int_equal(word(file + 20), 1);
    assert_true(pcap_write(pcap, UINT64_C(1700000000123456789), (const uint8_t *)"first frame", 11, NULL));
    assert_int_equal(read_file(file, sizeof file), 24 + 16 + 11);
    assert_int_equal(word(file + 24), 1700000000);
    assert_int_equal(word(file + 28), 123456789);
    assert_int_equal(word(file + 32), 11);
    assert_int_equal(word(file + 36), 11);
    assert_memory_equal(file + 40, "first frame", 11);
    assert_true(pcap_write(pcap, 5, (const uint8_t *)"second", 6, NULL));
    assert_int_equal(read_file(file, sizeof file), 51 + 16 + 6);
    assert_int_equal(word(file + 51), 0);
    assert_int_equal(word(file + 55), 5);
    assert_memory_equal(file + 67, "second", 6);
    pcap_close(pcap);
}

static void a_full_disk_ends_the_capture_after_a_whole_frame(void **state)
{
    (void)state;
    uint8_t file[256];
    struct error err = {""};
    struct rlimit before, small;
    struct pcap *pcap = pcap_open(path, NULL);
    assert_non_null(pcap);
    assert_true(pcap_write(pcap, 5, (const uint8_t *)"frame", 5, NULL));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){60, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(pcap_write(pcap, 5, (const uint8_t *)"frame", 5, &err));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(read_file(file, sizeof file), 24 + 16 + 5);
    assert_true(pcap_write(pcap, 5, (const uint8_t *)"frame", 5, &err));
    assert_int_equal(read_file(file, sizeof file), 24 + 16 + 5);
    pcap_close(pcap);
}

static void a_file_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    struct error err = {""};
    assert_null(pcap_open("/nowhere/at all", &err));
    assert_non_null(strstr(err.text, "/nowhere/at all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_frame_is_in_the_file_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_ends_the_capture_after_a_whole_frame, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_made_is_named, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
