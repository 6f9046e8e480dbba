/* SPDX-License-Identifier: MIT */
/* WAV files as they are written and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/little_endian.h"
#include "host/sound/wav_file.h"

static char path[] = "/tmp/microvm-wav-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    memset(path + strlen(path) - 6, 'X', 6);
    int fd = mkstemp(path);
    close(fd);
    return fd < 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static size_t slurp(uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t count = fread(bytes, 1, size, file);
    fclose(file);
    return count;
}

static void spill(const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

static void a_file_is_whole_after_each_piece(void **state)
{
    (void)state;
    static const struct sound_format format = {SOUND_S16, 2, 44100};
    uint8_t bytes[256], samples[40];
    memset(samples, 0x5a, sizeof samples);
    struct wav_writer *writer = wav_writer_open(path, &format, NULL);
    assert_non_null(writer);
    for (unsigned pieces = 0; pieces < 3; pieces++) {
        assert_int_equal(slurp(bytes, sizeof bytes), 44 + 40 * pieces);
        assert_memory_equal(bytes, "RIFF", 4);
        assert_int_equal(little_get(bytes + 4, 4), 36 + 40 * pieces);
        assert_memory_equal(bytes + 8, "WAVEfmt ", 8);
        assert_int_equal(little_get(bytes + 20, 2), 1);
        assert_int_equal(little_get(bytes + 22, 2), 2);
        assert_int_equal(little_get(bytes + 24, 4), 44100);
        assert_int_equal(little_get(bytes + 28, 4), 4 * 44100);
        assert_int_equal(little_get(bytes + 32, 2), 4);
        assert_int_equal(little_get(bytes + 34, 2), 16);
        assert_memory_equal(bytes + 36, "data", 4);
        assert_int_equal(little_get(bytes + 40, 4), 40 * pieces);
        assert_true(wav_writer_append(writer, samples, sizeof samples, NULL));
    }
    wav_writer_close(writer);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    static const struct sound_format formats[] = {
        {SOUND_U8, 1, 8000}, {SOUND_S16, 2, 44100}, {SOUND_S32, 1, 192000}, {SOUND_FLOAT, 2, 48000}};
    for (unsigned i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        uint8_t samples[64], read[100];
        struct sound_format format;
        memset(samples, (int)i + 1, sizeof samples);
        struct wav_writer *writer = wav_writer_open(path, &formats[i], NULL);
        assert_true(wav_writer_append(writer, samples, sizeof samples, NULL));
        wav_writer_close(writer);
        struct wav_reader *reader = wav_reader_open(path, &format, NULL);
        assert_non_null(reader);
        assert_true(sound_formats_agree(&format, &formats[i]));
        assert_int_equal(wav_reader_read(reader, read, 16), 16);
        assert_int_equal(wav_reader_read(reader, read + 16, sizeof read - 16), 48);
        assert_memory_equal(read, samples, sizeof samples);
        assert_int_equal(wav_reader_read(reader, read, sizeof read), 0);
        wav_reader_close(reader);
    }
}

static void other_chunks_are_stepped_over(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0"
                                   "\x40\x1f\0\0\x01\0\x08\0data\xff\xff\xff\xffxyz";
    struct sound_format format;
    uint8_t read[16];
    spill(bytes, sizeof bytes - 1);
    struct wav_reader *reader = wav_reader_open(path, &format, NULL);
    assert_non_null(reader);
    assert_int_equal(format.rate, 8000);
    assert_int_equal(wav_reader_read(reader, read, sizeof read), 3);
    assert_memory_equal(read, "xyz", 3);
    wav_reader_close(reader);
}

/* Whole frames, whatever is asked for. */
static void a_reader_goes_where_it_is_told(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "RIFF____WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x08\0"
                                   "data\x06\0\0\0abcdef";
    static const struct {
        uint64_t at;
        const char *there;
    } rows[] = {{4, "ef"}, {0, "abcdef"}, {3, "cdef"}, {6, ""}, {7, ""}, {UINT64_MAX, ""}, {2, "cdef"}};
    struct sound_format format;
    uint8_t read[16];
    spill(bytes, sizeof bytes - 1);
    struct wav_reader *reader = wav_reader_open(path, &format, NULL);
    assert_non_null(reader);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wav_reader_go_to(reader, rows[i].at);
        size_t count = wav_reader_read(reader, read, sizeof read);
        assert_int_equal(count, strlen(rows[i].there));
        assert_memory_equal(read, rows[i].there, count);
    }
    wav_reader_close(reader);
}

static void refused(const void *bytes, size_t count, const char *why)
{
    struct sound_format format;
    struct error err = {""};
    spill(bytes, count);
    assert_null(wav_reader_open(path, &format, &err));
    assert_non_null(strstr(err.text, why));
}

static void what_is_no_sound_is_refused_in_words(void **state)
{
    (void)state;
    refused("", 0, "is no WAV file");
    refused("RIFF____AVI ", 12, "is no WAV file");
    refused("RIFF____WAVE", 12, "has no samples");
    refused("RIFF____WAVEdata\4\0\0\0abcd", 24, "of a kind that the card has not");
    refused("RIFF____WAVEfmt \x10\0\0\0\x01\0\x06\0\x40\x1f\0\0\x40\x1f\0\0\x06\0\x08\0data\0\0\0\0", 44, "of a kind");
    refused("RIFF____WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x01\0\x08\0data\0\0\0\0", 44, "of a kind");
    refused("RIFF____WAVEfmt \xff\xff\xff\xff", 20, "has no samples");
    struct error err;
    assert_null(wav_writer_open("/nowhere/x.wav", &(struct sound_format){SOUND_U8, 1, 8000}, &err));
    assert_non_null(strstr(err.text, "cannot write '/nowhere/x.wav'"));
}

static void a_full_disk_is_told_of_once(void **state)
{
    (void)state;
    struct error err;
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        skip();
    close(full);
    assert_null(wav_writer_open("/dev/full", &(struct sound_format){SOUND_U8, 1, 8000}, &err));
    assert_non_null(strstr(err.text, "No space left"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_whole_after_each_piece), TEST(what_was_written_is_read),
        TEST(other_chunks_are_stepped_over),    TEST(what_is_no_sound_is_refused_in_words),
        TEST(a_full_disk_is_told_of_once),      TEST(a_reader_goes_where_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
