/* SPDX-License-Identifier: MIT */
/* What becomes of the file that a name stood for when another takes its place. */
#include "host/atomic_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "snapshot/sample.h"

struct place {
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16], other[SAMPLE_PATH_BYTES + 16];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    sample_folder_make(place->folder);
    snprintf(place->path, sizeof place->path, "%s/file", place->folder);
    snprintf(place->other, sizeof place->other, "%s/other", place->folder);
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

static struct atomic_file *begin(const char *path, const char *text)
{
    struct error err = {""};
    struct atomic_file *file = atomic_file_open(path, file_calls_host(), &err);
    if (file == NULL || !atomic_file_write(file, text, strlen(text), &err))
        fail_msg("%s", err.text);
    return file;
}

static void commit(struct atomic_file *file)
{
    struct error err = {""};
    if (!atomic_file_commit(file, &err))
        fail_msg("%s", err.text);
}

static void put(const char *path, const char *text)
{
    commit(begin(path, text));
}

static void expect(const char *path, const char *text)
{
    size_t count = 0;
    uint8_t *bytes = sample_read(path, &count);
    assert_non_null(bytes);
    assert_int_equal(count, strlen(text));
    assert_memory_equal(bytes, text, count);
    free(bytes);
}

static unsigned mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

static void a_new_file_is_its_owners_alone(void **state)
{
    const struct place *place = *state;
    put(place->path, "new");
    assert_int_equal(mode_of(place->path), S_IFREG | 0600);
}

static void the_old_files_mode_is_kept(void **state)
{
    const struct place *place = *state;
    put(place->path, "old");
    assert_int_equal(chmod(place->path, 0644), 0);
    put(place->path, "new");
    assert_int_equal(mode_of(place->path), S_IFREG | 0644);
}

static void until_the_commit_the_old_file_is_there(void **state)
{
    const struct place *place = *state;
    put(place->path, "old");
    struct atomic_file *file = begin(place->path, "new");
    expect(place->path, "old");
    commit(file);
    expect(place->path, "new");
}

static void given_up_nothing_is_left(void **state)
{
    const struct place *place = *state;
    atomic_file_abort(begin(place->path, "new"));
    assert_int_equal(sample_folder_files(place->folder), 0);
}

static void a_link_stays_and_its_file_is_replaced(void **state)
{
    const struct place *place = *state;
    put(place->path, "old");
    assert_int_equal(symlink("file", place->other), 0);
    put(place->other, "new");
    assert_true(S_ISLNK(mode_of(place->other)));
    expect(place->path, "new");
}

static void a_link_that_leads_nowhere_gets_its_file(void **state)
{
    const struct place *place = *state;
    assert_int_equal(symlink(place->path, place->other), 0);
    put(place->other, "new");
    assert_true(S_ISLNK(mode_of(place->other)));
    expect(place->path, "new");
}

static void expect_refused(const char *path, const char *why)
{
    struct error err = {""};
    assert_null(atomic_file_open(path, file_calls_host(), &err));
    if (strstr(err.text, path) == NULL || strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    const struct place *place = *state;
    assert_int_equal(mkfifo(place->path, 0600), 0);
    expect_refused(place->path, "no regular file");
    expect_refused("/dev/null", "no regular file");
    expect_refused(place->folder, "no regular file");
    assert_true(S_ISFIFO(mode_of(place->path)));
}

static void paths_that_cannot_be_are_refused(void **state)
{
    const struct place *place = *state;
    char slash[SAMPLE_PATH_BYTES + 1];
    snprintf(slash, sizeof slash, "%s/", place->folder);
    assert_int_equal(symlink(place->path, place->path), 0);
    expect_refused(slash, "it names a folder");
    expect_refused("", "it names a folder");
    expect_refused("/nowhere/file", "No such file");
    expect_refused(place->path, "symbolic links");
}

static void of_two_writers_the_last_to_commit_wins(void **state)
{
    const struct place *place = *state;
    struct atomic_file *first = begin(place->path, "first"), *second = begin(place->path, "second");
    assert_int_equal(sample_folder_files(place->folder), 2);
    commit(second);
    expect(place->path, "second");
    commit(first);
    expect(place->path, "first");
    assert_int_equal(sample_folder_files(place->folder), 1);
}

static void what_the_dead_left_is_swept_and_other_names_are_not_touched(void **state)
{
    const struct place *place = *state;
    static const char *const names[] = {".file.part-1-0", ".file.part-99-3", ".files.part-1-0", "file.part-1-0"};
    char path[2 * SAMPLE_PATH_BYTES];
    for (unsigned i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
    put(place->path, "new");
    assert_int_equal(sample_folder_files(place->folder), 3);
}

static void names_as_long_as_can_be_are_replaced(void **state)
{
    const struct place *place = *state;
    char path[SAMPLE_PATH_BYTES + 256], name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    put(path, "old");
    put(path, "new");
    expect(path, "new");
    assert_int_equal(sample_folder_files(place->folder), 1);
}

static void skipped_bytes_are_zero(void **state)
{
    const struct place *place = *state;
    struct error err = {""};
    struct atomic_file *file = begin(place->path, "a");
    atomic_file_skip(file, 3);
    assert_true(atomic_file_write(file, "b", 1, &err));
    assert_int_equal(atomic_file_position(file), 5);
    commit(file);
    size_t count = 0;
    uint8_t *bytes = sample_read(place->path, &count);
    assert_int_equal(count, 5);
    assert_memory_equal(bytes, "a\0\0\0b", 5);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_file_is_its_owners_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_old_files_mode_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(until_the_commit_the_old_file_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(given_up_nothing_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_stays_and_its_file_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_that_leads_nowhere_gets_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_regular_file_is_not_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_that_cannot_be_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_two_writers_the_last_to_commit_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_dead_left_is_swept_and_other_names_are_not_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_as_long_as_can_be_are_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(skipped_bytes_are_zero, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
