/* SPDX-License-Identifier: MIT */
/* Whichever system call or allocation of a save fails, the name holds the old file or the new one, there is one message,
 * and the next save leaves nothing else behind. */
#include "snapshot/container.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "snapshot/faulty_calls.h"
#include "snapshot/sample.h"

/* The linker sends the allocations of the code under test here; those of libraries go their own way. */
struct allocations {
    unsigned made, fail_at;
};
static struct allocations allocations;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
char *__wrap_strdup(const char *text);

static bool allocation_fails(void)
{
    return ++allocations.made == allocations.fail_at;
}

void *__wrap_malloc(size_t bytes)
{
    return allocation_fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return allocation_fails() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    return allocation_fails() ? NULL : __real_realloc(memory, bytes);
}

char *__wrap_strdup(const char *text)
{
    return allocation_fails() ? NULL : __real_strdup(text);
}

struct place {
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16];
    struct sample old, new;
    struct faulty_calls faulty;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    sample_folder_make(place->folder);
    snprintf(place->path, sizeof place->path, "%s/one.snap", place->folder);
    place->old = (struct sample){.number = 1, .ram_bytes = CONTAINER_PAGE_BYTES};
    place->new = (struct sample){.number = 2,
                                 .ram_bytes = 2 * CONTAINER_PIECE_BYTES,
                                 .compression = container_best_compression(),
                                 .calls = &place->faulty.calls};
    faulty_calls_init(&place->faulty);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    sample_folder_remove(place->folder);
    free(place);
    return 0;
}

static void expect_line(const struct place *place, const struct error *err)
{
    if (err->text[0] == '\0' || strchr(err->text, '\n') != NULL || strstr(err->text, place->path) == NULL)
        fail_msg("'%s' is no line that names %s", err->text, place->path);
}

static bool holds(const struct place *place, const struct sample *sample)
{
    struct error err = {""};
    struct container *container = container_open(place->path, &err);
    bool ok = container != NULL && sample_is_in(container, sample, &err) && container_check_pages(container, &err);
    container_close(container);
    return ok;
}

static void save(const struct place *place, const struct sample *sample)
{
    struct error err = {""};
    if (!sample_save(place->path, sample, &err))
        fail_msg("%s", err.text);
}

/* The same folder again: with the old file, or with none. */
static void begin_anew(struct place *place, bool with_old)
{
    unlink(place->path);
    if (with_old)
        save(place, &place->old);
    assert_int_equal(sample_folder_files(place->folder), with_old);
}

/* What must hold after a save that went wrong or not. */
static void expect_old_or_new(const struct place *place, bool with_old, bool saved, const struct error *err)
{
    if (!saved)
        expect_line(place, err);
    bool is_new = holds(place, &place->new), is_old = with_old && holds(place, &place->old);
    bool nothing = !with_old && access(place->path, F_OK) != 0;
    if (saved ? !is_new : !(is_new || is_old || nothing))
        fail_msg("after '%s' there is neither the old file nor the new one", err->text);
    save(place, &place->old);
    assert_int_equal(sample_folder_files(place->folder), 1);
}

/* The n-th call fails, for n = 1, 2, ... until a save makes less calls than that. Returns how many saves failed. */
static unsigned fail_each_call(struct place *place, int error, bool with_old)
{
    unsigned failed = 0;
    for (unsigned n = 1;; n++) {
        struct error err = {""};
        begin_anew(place, with_old);
        place->faulty.made = 0;
        place->faulty.fail_at = n;
        place->faulty.error = error;
        bool saved = sample_save(place->path, &place->new, &err);
        expect_old_or_new(place, with_old, saved, &err);
        failed += !saved;
        if (place->faulty.made < n)
            return failed;
    }
}

static void any_call_may_fail_once(void **state)
{
    static const int errors[] = {ENOSPC, EIO};
    struct place *place = *state;
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++)
        for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++) {
            place->new.form = form;
            assert_in_range(fail_each_call(place, errors[i], true), 8, 100);
            assert_in_range(fail_each_call(place, errors[i], false), 8, 100);
        }
}

static void a_full_quota_and_a_file_too_large_are_errors_like_others(void **state)
{
    struct place *place = *state;
    assert_in_range(fail_each_call(place, EDQUOT, true), 8, 100);
    assert_in_range(fail_each_call(place, EFBIG, true), 8, 100);
}

/* By the system itself. */
static void a_limit_for_files_is_an_error(void **state)
{
    struct place *place = *state;
    struct rlimit limit, low;
    struct error err = {""};
    begin_anew(place, true);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    low = (struct rlimit){.rlim_cur = 10000, .rlim_max = limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    bool saved = sample_save(place->path, &place->new, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(saved);
    assert_non_null(strstr(err.text, "File too large"));
    assert_int_equal(sample_folder_files(place->folder), 1);
    assert_true(holds(place, &place->old));
}

static void an_interrupted_call_is_made_again(void **state)
{
    struct place *place = *state;
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++) {
        place->new.form = form;
        assert_int_equal(fail_each_call(place, EINTR, true), 0);
    }
}

static void short_writes_are_gone_on_with(void **state)
{
    struct place *place = *state;
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++) {
        place->new.form = form;
        place->faulty.most_written = 1000;
        save(place, &place->new);
        assert_true(holds(place, &place->new));
    }
}

/* The disk goes bad for good in mid-save, so that not even cleaning up is possible. */
static void the_next_save_sweeps_what_a_failed_one_left(void **state)
{
    struct place *place = *state;
    struct error err = {""};
    assert_true(sample_save(place->path, &place->new, &err));
    place->faulty.fail_at = place->faulty.made - 5;
    place->faulty.made = 0;
    place->faulty.error = EIO;
    place->faulty.from_then_on = true;
    assert_false(sample_save(place->path, &place->new, &err));
    assert_int_equal(sample_folder_files(place->folder), 2);
    save(place, &place->old);
    assert_int_equal(sample_folder_files(place->folder), 1);
}

/* Returns whether the file could be read. */
static bool read_it(struct place *place, struct error *err)
{
    int fd = open(place->path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct container *container = container_open_fd(fd, place->path, &place->faulty.calls, err);
    bool ok = container != NULL && sample_is_in(container, &place->new, err) && container_check_pages(container, err);
    container_close(container);
    return ok;
}

static unsigned fail_each_call_of_reading(struct place *place, int error)
{
    unsigned failed = 0;
    for (unsigned n = 1;; n++) {
        struct error err = {""};
        place->faulty.made = 0;
        place->faulty.fail_at = n;
        place->faulty.error = error;
        bool ok = read_it(place, &err);
        if (!ok)
            expect_line(place, &err);
        failed += !ok;
        if (place->faulty.made < n)
            return failed;
    }
}

static void a_read_that_fails_is_told_and_an_interrupted_one_is_made_again(void **state)
{
    struct place *place = *state;
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++) {
        place->new.form = form;
        place->faulty.fail_at = 0;
        save(place, &place->new);
        assert_in_range(fail_each_call_of_reading(place, EIO), 8, 100);
        assert_int_equal(fail_each_call_of_reading(place, EINTR), 0);
    }
}

static void a_save_without_memory_says_so_and_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    unsigned n = 0;
    do {
        struct error err = {""};
        begin_anew(place, true);
        allocations = (struct allocations){.fail_at = ++n};
        bool saved = sample_save(place->path, &place->new, &err);
        bool reached = allocations.made >= n;
        allocations = (struct allocations){0};
        if (!saved)
            expect_line(place, &err);
        assert_true(saved || reached);
        assert_true(holds(place, saved ? &place->new : &place->old));
        assert_int_equal(sample_folder_files(place->folder), 1);
        if (!reached)
            break;
    } while (n < 1000);
    assert_in_range(n, 5, 999);
}

static void opening_without_memory_says_so(void **state)
{
    struct place *place = *state;
    unsigned n = 0;
    bool reached = true;
    save(place, &place->new);
    while (reached && n < 1000) {
        struct error err = {""};
        allocations = (struct allocations){.fail_at = ++n};
        struct container *container = container_open(place->path, &err);
        reached = allocations.made >= n;
        allocations = (struct allocations){0};
        assert_true(container != NULL || (reached && strstr(err.text, "out of memory") != NULL));
        container_close(container);
    }
    assert_in_range(n, 5, 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_call_may_fail_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_quota_and_a_file_too_large_are_errors_like_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_limit_for_files_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interrupted_call_is_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(short_writes_are_gone_on_with, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_save_sweeps_what_a_failed_one_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_read_that_fails_is_told_and_an_interrupted_one_is_made_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_save_without_memory_says_so_and_leaves_the_old_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opening_without_memory_says_so, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
