/* SPDX-License-Identifier: MIT */
/* A process that is killed in mid-save leaves the old file or the new one, whole, and the next save sweeps what else it
 * left; processes that save to one name at once do not meet. With --all: as often as it takes to believe it. */
#include "snapshot/container.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/splitmix.h"
#include "snapshot/faulty_calls.h"
#include "snapshot/sample.h"

struct place {
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16];
    uint64_t random, number; /* number: of the newest sample saved by the parent */
    unsigned left;           /* how often there was a temporary file after a kill */
};

struct amount {
    unsigned kills, saves;
};

static struct place place_make(void)
{
    struct place place = {.random = 5};
    sample_folder_make(place.folder);
    snprintf(place.path, sizeof place.path, "%s/one.snap", place.folder);
    return place;
}

static struct sample sample_of(uint64_t number)
{
    return (struct sample){.number = number,
                           .ram_bytes = 2 * CONTAINER_PIECE_BYTES,
                           .compression = number % CONTAINER_ZSTD,
                           .form = number % 2 == 0 ? CONTAINER_CHUNKS : CONTAINER_PAGES};
}

static bool save(const struct place *place, uint64_t number, const struct file_calls *calls)
{
    struct error err = {""};
    struct sample sample = sample_of(number);
    sample.calls = calls;
    return sample_save(place->path, &sample, &err);
}

/* The number of the sample that is there, which must be whole. */
static uint64_t number_there(const struct place *place)
{
    struct error err = {""};
    uint8_t bytes[8] = {0};
    uint64_t number = 0;
    struct container *container = container_open(place->path, &err);
    if (container == NULL ||
        !container_load(container, container_look_for(container, "config"), bytes, sizeof bytes, &err))
        fail_msg("%s", err.text);
    for (unsigned i = 0; i < 8; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    struct sample sample = sample_of(number);
    if (!sample_is_in(container, &sample, &err) || !container_check_pages(container, &err))
        fail_msg("%s", err.text);
    container_close(container);
    return number;
}

static void expect_killed(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* One of the two whole files is there, and the next save leaves no other. */
static void expect_whole(struct place *place, uint64_t first, uint64_t last)
{
    uint64_t number = number_there(place);
    assert_in_range(number, first, last);
    place->left += sample_folder_files(place->folder) > 1;
    place->number = last + 1;
    assert_true(save(place, place->number, NULL));
    assert_int_equal(sample_folder_files(place->folder), 1);
}

/* The child dies at a random call, of a write in the middle. A save makes calls enough for that. */
static void kill_at_a_call(struct place *place)
{
    struct faulty_calls faulty;
    uint64_t begun = place->number;
    faulty_calls_init(&faulty);
    faulty.fail_at = 1 + (unsigned)splitmix_below(&place->random, 20);
    pid_t child = fork();
    if (child == 0) {
        save(place, begun + 1, &faulty.calls);
        kill(getpid(), SIGKILL);
    }
    expect_killed(child);
    expect_whole(place, begun, begun + 1);
}

/* The child saves and saves, until it is killed at who knows what moment. */
static void kill_at_a_moment(struct place *place)
{
    uint64_t begun = place->number, most = begun + 100000;
    pid_t child = fork();
    for (uint64_t i = begun + 1; child == 0 && i < most; i++)
        save(place, i, NULL);
    for (uint64_t patience = splitmix_below(&place->random, 20000); patience > 0; patience--)
        sched_yield();
    kill(child, SIGKILL);
    expect_killed(child);
    expect_whole(place, begun, most);
}

static void killed_in_mid_save_the_name_holds_a_whole_file(void **state)
{
    const struct amount *amount = *state;
    struct place place = place_make();
    assert_true(save(&place, place.number, NULL));
    for (unsigned i = 0; i < amount->kills; i++)
        if (i % 2 == 0)
            kill_at_a_call(&place);
        else
            kill_at_a_moment(&place);
    assert_in_range(place.left, amount->kills / 4, amount->kills); /* so many were in mid-save */
    sample_folder_remove(place.folder);
}

static pid_t start_saver(const struct place *place, uint64_t first, unsigned saves)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    bool ok = true;
    for (unsigned i = 0; i < saves && ok; i++)
        ok = save(place, first + i, NULL);
    _exit(!ok);
}

static void savers_to_one_name_leave_a_whole_file_of_one_of_them(void **state)
{
    const struct amount *amount = *state;
    struct place place = place_make();
    int status;
    assert_true(save(&place, 0, NULL));
    pid_t savers[] = {start_saver(&place, 1000, amount->saves), start_saver(&place, 1000000, amount->saves)};
    for (unsigned i = 0; i < amount->saves; i++)
        number_there(&place);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(waitpid(savers[i], &status, 0), savers[i]);
        assert_int_equal(status, 0);
    }
    assert_in_range(number_there(&place), 1000, 1000000 + amount->saves);
    assert_int_equal(sample_folder_files(place.folder), 1);
    sample_folder_remove(place.folder);
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
    static const struct amount some = {.kills = 50, .saves = 20}, much = {.kills = 2000, .saves = 300};
    void *amount = (void *)(uintptr_t)(all ? &much : &some);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(killed_in_mid_save_the_name_holds_a_whole_file, amount),
        cmocka_unit_test_prestate(savers_to_one_name_leave_a_whole_file_of_one_of_them, amount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
