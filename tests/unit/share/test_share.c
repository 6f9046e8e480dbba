/* SPDX-License-Identifier: MIT */
/* A share through the process that serves it: answers and their order, its death, saving and loading, and what the process may do. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share/share.h"
#include "share/share_impl.h"

#include "p9_client.h"
#include "tree.h"

struct rig {
    struct tree tree;
    struct journal *journal;
    struct share *share;
    struct client client; /* puts messages together */
    unsigned answers[64], count;
    uint8_t last[CLIENT_BYTES];
    uint32_t last_bytes;
};

static void on_answer(void *owner, unsigned place, const uint8_t *bytes, uint32_t count)
{
    struct rig *rig = owner;
    assert_true(rig->count < 64 && count <= sizeof rig->last);
    rig->answers[rig->count++] = place;
    rig->last_bytes = count;
    if (count != 0)
        memcpy(rig->last, bytes, count);
}

static struct share *start(struct rig *rig, const char *path, const char *program, struct error *err)
{
    struct share_config config = {
        .options = {.tag = "share", .writable = true}, .program = program, .journal = rig->journal};
    struct share_client client = {rig, on_answer};
    snprintf(config.options.path, sizeof config.options.path, "%s", path);
    struct share *share = share_create(&config, err);
    if (share != NULL)
        share_set_client(share, &client);
    return share;
}

static void submit(struct rig *rig, unsigned place)
{
    struct client *c = &rig->client;
    little_put(c->message, 4, c->used);
    uint8_t *bytes = share_request(rig->share, place);
    if (bytes != NULL)
        memcpy(bytes, c->message, c->used);
    share_submit(rig->share, place, (uint32_t)c->used, CLIENT_BYTES);
}

/* Its answer's type. */
static unsigned talk(struct rig *rig)
{
    unsigned before = rig->count;
    submit(rig, 0);
    share_settle(rig->share);
    share_poll(rig->share);
    assert_int_equal(rig->count, before + 1);
    return rig->last_bytes != 0 ? rig->last[4] : 0;
}

static void put_version(struct rig *rig)
{
    begin(&rig->client, T_VERSION);
    put(&rig->client, 4, CLIENT_BYTES);
    put_text(&rig->client, "9P2000.L");
}

static void put_attach(struct rig *rig)
{
    begin(&rig->client, T_ATTACH);
    put(&rig->client, 4, ROOT);
    put(&rig->client, 4, NO_FID);
    put_text(&rig->client, "root");
    put_text(&rig->client, "");
    put(&rig->client, 4, 0);
}

static void put_getattr(struct rig *rig, uint32_t fid)
{
    begin(&rig->client, T_GETATTR);
    put(&rig->client, 4, fid);
    put(&rig->client, 8, 0x7ff);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct error err = {""};
    char path[128];
    tree_create(&rig->tree);
    rig->journal = journal_create();
    snprintf(path, sizeof path, "%s/shared", rig->tree.path);
    rig->share = start(rig, path, getenv("MICROVM"), &err);
    if (rig->share == NULL)
        fail_msg("%s", err.text);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    share_destroy(rig->share);
    journal_destroy(rig->journal);
    tree_destroy(&rig->tree);
    free(rig);
    return 0;
}

static void answers_come_in_the_order_of_the_requests(void **state)
{
    struct rig *rig = *state;
    put_version(rig);
    submit(rig, 5);
    put_attach(rig);
    submit(rig, 2);
    for (unsigned i = 6; i < RING_GUEST_SLOTS; i++) {
        put_getattr(rig, ROOT);
        submit(rig, i);
    }
    assert_int_equal(share_in_flight(rig->share), RING_GUEST_SLOTS - 4);
    share_settle(rig->share);
    share_poll(rig->share);
    assert_int_equal(share_in_flight(rig->share), 0);
    assert_int_equal(rig->answers[0], 5);
    assert_int_equal(rig->answers[1], 2);
    assert_int_equal(rig->answers[2], 6);
    assert_int_equal(rig->count, RING_GUEST_SLOTS - 4);
    assert_int_equal(rig->last[4], T_GETATTR + 1);
}

static void when_the_process_dies_requests_fail_and_the_user_is_told_once(void **state)
{
    struct rig *rig = *state;
    struct error line;
    put_version(rig);
    assert_int_equal(talk(rig), T_VERSION + 1);
    kill(rig->share->process.pid, SIGKILL);
    put_attach(rig);
    assert_int_equal(talk(rig), 0);
    assert_int_equal(talk(rig), 0);
    assert_true(share_take_warning(rig->share, &line));
    assert_non_null(strstr(line.text, "has ended"));
    assert_false(share_take_warning(rig->share, &line));
}

/* As a process that was taken over might. */
static void a_process_that_lies_about_its_answers_is_ended(void **state)
{
    struct rig *rig = *state;
    struct error line;
    put_version(rig);
    assert_int_equal(talk(rig), T_VERSION + 1);
    atomic_store(&rig->share->process.ring->performed, 77);
    share_settle(rig->share);
    assert_true(share_take_warning(rig->share, &line));
    assert_int_equal(talk(rig), 0);
}

/* Whether an answer that was given is the guest's, whatever became of the process: it is in another one. */
static void loaded_requests_have_their_answers_and_fids(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    put_version(rig);
    talk(rig);
    put_attach(rig);
    talk(rig);
    put_getattr(rig, ROOT);
    submit(rig, 3);
    struct state_part part = share_part(rig->share);
    size_t count = state_part_bytes(&part);
    uint8_t *bytes = malloc(count);
    state_part_save(&part, bytes);
    char path[128];
    snprintf(path, sizeof path, "%s/shared", rig->tree.path);
    share_destroy(rig->share);
    rig->share = start(rig, path, getenv("MICROVM"), &err);
    assert_non_null(rig->share);
    part = share_part(rig->share);
    assert_true(state_part_check(&part, bytes, count, &err));
    for (size_t cut = 0; cut < count; cut++)
        state_part_check(&part, bytes, cut, &err);
    share_forget(rig->share);
    share_resume(rig->share, 3);
    assert_true(state_part_load(&part, bytes, count, &err));
    rig->count = 0;
    share_poll(rig->share);
    assert_int_equal(rig->count, 1);
    assert_int_equal(rig->answers[0], 3);
    assert_int_equal(rig->last[4], T_GETATTR + 1);
    put_getattr(rig, ROOT);
    assert_int_equal(talk(rig), T_GETATTR + 1);
    free(bytes);
}

static void a_replay_has_the_answers_without_a_process(void **state)
{
    struct rig *rig = *state;
    journal_keep(rig->journal, true);
    put_version(rig);
    talk(rig);
    share_destroy(rig->share);
    journal_replay_from(rig->journal, 0, 0);
    rig->share = start(rig, "/nonexistent", NULL, NULL);
    assert_non_null(rig->share);
    assert_int_equal(rig->share->process.fd, -1);
    rig->last_bytes = 0;
    assert_int_equal(talk(rig), T_VERSION + 1);
    assert_false(journal_is_lost(rig->journal));
}

static void what_cannot_be_served_is_said_in_a_line(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    char path[128];
    snprintf(path, sizeof path, "%s/secret", rig->tree.path);
    assert_null(start(rig, path, getenv("MICROVM"), &err));
    assert_non_null(strstr(err.text, "Not a directory"));
    assert_null(start(rig, rig->tree.path, "/bin/true", &err));
    assert_non_null(strstr(err.text, "could not begin"));
    assert_null(start(rig, rig->tree.path, "/nonexistent", &err));
}

static void options_are_taken_apart(void **state)
{
    struct share_options options;
    struct error err;
    (void)state;
    assert_true(share_options_parse("/a,,b,tag=x,rw", &options, &err));
    assert_string_equal(options.path, "/a,b");
    assert_string_equal(options.tag, "x");
    assert_true(options.writable);
    assert_true(share_options_parse("d", &options, &err));
    assert_false(options.writable);
    assert_string_equal(options.tag, "");
    static const char *const wrong[] = {
        "", ",rw", "d,tag=", "d,tag=a b", "d,tag=0123456789012345678901234567890x", "d,rwx", "d,ro,x", "d,"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(share_options_parse(wrong[i], &options, &err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(answers_come_in_the_order_of_the_requests),
        TEST(when_the_process_dies_requests_fail_and_the_user_is_told_once),
        TEST(a_process_that_lies_about_its_answers_is_ended),
        TEST(loaded_requests_have_their_answers_and_fids),
        TEST(a_replay_has_the_answers_without_a_process),
        TEST(what_cannot_be_served_is_said_in_a_line),
        TEST(options_are_taken_apart),
    };
    if (getenv("MICROVM") == NULL)
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
