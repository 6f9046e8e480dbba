/* SPDX-License-Identifier: MIT */
/* No damaged snapshot is accepted, whichever bit is flipped and wherever it ends. With --all: as often as it takes to
 * believe it. */
#include "snapshot/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "snapshot/compression.h"
#include "snapshot/sample.h"

#define TINY_BYTES 16

struct damage {
    unsigned flips, cuts;
};

/* A file that only this process has, of these bytes, and how long it is. */
struct victim {
    int fd;
    size_t count;
    uint8_t *bytes;
};

static struct victim victim_of(const char *path)
{
    struct victim v = {.fd = memfd_create("snapshot", MFD_CLOEXEC)};
    v.bytes = sample_read(path, &v.count);
    assert_non_null(v.bytes);
    assert_int_equal(write(v.fd, v.bytes, v.count), v.count);
    return v;
}

static void victim_end(struct victim *v)
{
    close(v->fd);
    free(v->bytes);
}

static bool accepted(const struct victim *v)
{
    struct error err = {""};
    struct container *container = container_open_fd(dup(v->fd), "the victim", file_calls_host(), &err);
    bool ok = container != NULL && container_check_pages(container, &err);
    container_close(container);
    if (!ok && (strstr(err.text, "'the victim'") == NULL || strchr(err.text, '\n') != NULL))
        fail_msg("'%s' is no line that names the file", err.text);
    return ok;
}

static void put_byte(const struct victim *v, size_t at, uint8_t byte)
{
    assert_int_equal(pwrite(v->fd, &byte, 1, (off_t)at), 1);
}

static void flip(const struct victim *v, size_t at, unsigned bit)
{
    put_byte(v, at, v->bytes[at] ^ (uint8_t)(1u << bit));
    if (accepted(v))
        fail_msg("bit %u of byte %zu of %zu was flipped, and the file was accepted", bit, at, v->count);
    put_byte(v, at, v->bytes[at]);
}

static void cut(const struct victim *v, size_t count)
{
    assert_int_equal(ftruncate(v->fd, (off_t)count), 0);
    if (accepted(v))
        fail_msg("%zu bytes of %zu were accepted", count, v->count);
    if (count < v->count)
        assert_int_equal(pwrite(v->fd, v->bytes + count, v->count - count, (off_t)count), v->count - count);
    assert_int_equal(ftruncate(v->fd, (off_t)v->count), 0);
}

/* One section, and before it one page that may be mapped, or none. */
static struct victim tiny(enum container_form form)
{
    static const uint8_t page[CONTAINER_PAGE_BYTES] = {1};
    const struct container_options options = {.compression = CONTAINER_PLAIN};
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16];
    struct error err = {""};
    sample_folder_make(folder);
    snprintf(path, sizeof path, "%s/tiny.snap", folder);
    struct container_writer *w = container_writer_open(path, &options, &err);
    assert_non_null(w);
    if (form == CONTAINER_PAGES) {
        assert_true(container_section_begin(w, "ram", 1, form, &err));
        assert_true(container_append(w, page, sizeof page, &err) && container_section_end(w, &err));
    }
    assert_true(container_section(w, "hart0", 1, page, TINY_BYTES, &err) && container_commit(w, &err));
    struct victim v = victim_of(path);
    sample_folder_remove(folder);
    return v;
}

static struct victim sample_victim(const struct sample *sample)
{
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16];
    struct error err = {""};
    sample_folder_make(folder);
    snprintf(path, sizeof path, "%s/sample.snap", folder);
    if (!sample_save(path, sample, &err))
        fail_msg("%s", err.text);
    struct victim v = victim_of(path);
    sample_folder_remove(folder);
    return v;
}

static const struct sample samples[] = {
    {.number = 1, .ram_bytes = 3 * CONTAINER_PIECE_BYTES, .compression = CONTAINER_PLAIN},
    {.number = 2, .ram_bytes = 3 * CONTAINER_PIECE_BYTES, .compression = CONTAINER_ZLIB},
    {.number = 3, .ram_bytes = 3 * CONTAINER_PIECE_BYTES, .compression = CONTAINER_ZSTD},
    {.number = 4, .ram_bytes = 3 * CONTAINER_PIECE_BYTES, .form = CONTAINER_PAGES},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static bool has_compression(const struct sample *sample)
{
    return sample->compression == CONTAINER_PLAIN || compression_row(sample->compression) != NULL;
}

static void each_bit_of_a_tiny_file_is_missed(void **state)
{
    (void)state;
    struct victim v = tiny(CONTAINER_CHUNKS);
    assert_true(accepted(&v));
    for (size_t at = 0; at < v.count; at++)
        for (unsigned bit = 0; bit < 8; bit++)
            flip(&v, at, bit);
    assert_true(accepted(&v));
    victim_end(&v);
}

/* The padding too. */
static void each_byte_of_a_tiny_template_is_missed(void **state)
{
    (void)state;
    struct victim v = tiny(CONTAINER_PAGES);
    assert_true(accepted(&v));
    for (size_t at = 0; at < v.count; at++)
        flip(&v, at, (unsigned)at % 8);
    assert_true(accepted(&v));
    victim_end(&v);
}

static void no_file_that_lost_a_random_bit_is_accepted(void **state)
{
    const struct damage *damage = *state;
    uint64_t random = 1;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!has_compression(&samples[i]))
            continue;
        struct victim v = sample_victim(&samples[i]);
        assert_true(accepted(&v));
        for (unsigned k = 0; k < damage->flips; k++)
            flip(&v, splitmix_below(&random, v.count), (unsigned)splitmix_below(&random, 8));
        assert_true(accepted(&v));
        victim_end(&v);
    }
}

static void each_beginning_of_a_tiny_file_is_refused(void **state)
{
    (void)state;
    struct victim v = tiny(CONTAINER_CHUNKS);
    for (size_t count = 0; count < v.count; count++)
        cut(&v, count);
    assert_true(accepted(&v));
    victim_end(&v);
}

static void no_beginning_of_a_file_is_accepted_and_none_with_more_behind_it(void **state)
{
    const struct damage *damage = *state;
    uint64_t random = 2;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!has_compression(&samples[i]))
            continue;
        struct victim v = sample_victim(&samples[i]);
        for (unsigned k = 0; k < damage->cuts; k++) {
            cut(&v, splitmix_below(&random, v.count));
            cut(&v, v.count + 1 + splitmix_below(&random, 10000));
        }
        assert_true(accepted(&v));
        victim_end(&v);
    }
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
    static const struct damage some = {.flips = 300, .cuts = 50}, much = {.flips = 10000, .cuts = 1000};
    void *damage = (void *)(uintptr_t)(all ? &much : &some);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bit_of_a_tiny_file_is_missed),
        cmocka_unit_test(each_byte_of_a_tiny_template_is_missed),
        cmocka_unit_test(each_beginning_of_a_tiny_file_is_refused),
        cmocka_unit_test_prestate(no_file_that_lost_a_random_bit_is_accepted, damage),
        cmocka_unit_test_prestate(no_beginning_of_a_file_is_accepted_and_none_with_more_behind_it, damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
