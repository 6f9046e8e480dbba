/* SPDX-License-Identifier: MIT */
/* A process that is killed in mid-work, and a host that loses its power, leave an image on which all is that was flushed, in
 * which nothing contradicts, and which is in order once it was opened again. With --all: as often as it takes to believe it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "host/disk/disk_crash.h"
#include "host/disk/disk_log.h"
#include "host/qcow2_peer.h"
#include "host/qcow2_story.h"

struct amount {
    unsigned kills, losses;
};

static const char *const kinds[] = {
    "-o cluster_size=4k",
    "-o cluster_size=512",
    "",
    "-o cluster_size=1k,compat=0.10",
    "-o cluster_size=1k,refcount_bits=64",
    "-o cluster_size=512,refcount_bits=1",
};

/* A table of calls that ends the process before a call, of a write in the middle of it. */
struct killer {
    struct disk_calls host;
    uint64_t *clock;
    unsigned left; /* calls; 0: it does not happen */
};

static void tick(struct killer *k)
{
    ++*k->clock;
    if (k->left != 0 && --k->left == 0)
        kill(getpid(), SIGKILL);
}

static ssize_t killer_read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    struct killer *k = owner;
    return k->host.read_at(k->host.owner, fd, bytes, count, offset);
}

static ssize_t killer_write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    struct killer *k = owner;
    if (k->left == 1)
        k->host.write_at(k->host.owner, fd, bytes, count / 2 / 512 * 512, offset);
    ssize_t done = k->host.write_at(k->host.owner, fd, bytes, k->left == 1 ? 0 : count, offset);
    tick(k);
    return done;
}

static int killer_sync_data(void *owner, int fd)
{
    struct killer *k = owner;
    int result = k->host.sync_data(k->host.owner, fd);
    tick(k);
    return result;
}

static int killer_allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    struct killer *k = owner;
    int result = k->host.allocate(k->host.owner, fd, mode, offset, length);
    if (result == 0)
        tick(k);
    return result;
}

static struct disk_calls killer_calls(struct killer *k)
{
    return (struct disk_calls){k, killer_read_at, killer_write_at, killer_sync_data, killer_allocate, NULL};
}

/* What is checked of an image that nobody closed, and then of one that was opened once more. */
static void expect_survived(struct peer *peer, struct story *story, uint64_t end, uint32_t *found)
{
    int status = peer_status(peer, "qemu-img check image.qcow2");
    if (status != 0 && status != 3)
        peer_run(peer, "qemu-img check image.qcow2");
    struct disk_image image = story_open(peer->path, disk_calls_host());
    story_expect(story, &image, end, found);
    assert_int_equal(image.format->close(image.state), 0);
    peer_run(peer, "qemu-img check image.qcow2");
}

static void live(struct peer *peer, struct story *story, unsigned calls)
{
    struct killer killer = {*disk_calls_host(), &story->clock, calls};
    struct disk_calls table = killer_calls(&killer);
    struct disk_image image = story_open(peer->path, &table);
    story_go_on(story, &image, STORY_OPS);
    image.format->close(image.state);
    kill(getpid(), SIGKILL);
}

static void kill_once(struct peer *peer, struct story *story)
{
    static uint32_t found[STORY_SECTORS];
    uint64_t patience = splitmix_below(&story->random, 2000);
    bool at_a_call = splitmix_below(&story->random, 3) != 0;
    unsigned calls = at_a_call ? 1 + (unsigned)splitmix_below(&story->random, 400) : 0;
    pid_t child = fork();
    if (child == 0)
        live(peer, story, calls);
    for (; !at_a_call && patience > 0; patience--)
        sched_yield();
    if (!at_a_call)
        kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    expect_survived(peer, story, UINT64_MAX, found);
    story_begin_anew(story, found);
}

static void make_image(struct peer *peer, unsigned n)
{
    peer_make(peer, STORY_BYTES, kinds[n % ARRAY_SIZE(kinds)]);
}

static void killed_in_mid_work_it_keeps_what_was_flushed(void **state)
{
    const struct amount *amount = *state;
    for (unsigned n = 0; n < ARRAY_SIZE(kinds); n++) {
        struct story *story = story_create(n);
        struct peer peer;
        peer_create(&peer, n);
        make_image(&peer, n);
        for (unsigned i = 0; i < (amount->kills + ARRAY_SIZE(kinds) - 1) / ARRAY_SIZE(kinds); i++) {
            if (i % 40 == 20 && strstr(kinds[n], "refcount_bits=1") == NULL)
                peer_run(&peer, "qemu-img snapshot -c s%u image.qcow2", i);
            kill_once(&peer, story);
        }
        peer_destroy(&peer);
        story_destroy(story);
    }
}

static bool write_state(void *owner, uint64_t offset, uint64_t length, const uint8_t *data, struct error *err)
{
    static const uint8_t zeroes[4096];
    const int *fd = owner;
    for (uint64_t at = 0; at < length && data == NULL; at += sizeof zeroes)
        if (pwrite(*fd, zeroes, length - at < sizeof zeroes ? length - at : sizeof zeroes, (off_t)(offset + at)) < 0)
            return error_set(err, "zeros");
    return data == NULL || pwrite(*fd, data, length, (off_t)offset) == (ssize_t)length || error_set(err, "data");
}

/* Makes image.qcow2 as the loss left it. */
static void lose_power(struct peer *peer, const struct disk_log_reader *log, const struct disk_crash *crash)
{
    struct error err = {""};
    peer_run(peer, "cp before.qcow2 image.qcow2");
    int fd = open(peer->path, O_RDWR);
    assert_true(fd >= 0);
    struct disk_crash_calls calls = {&fd, write_state};
    if (!disk_crash_apply(log, crash, &calls, &err))
        fail_msg("%s", err.text);
    close(fd);
}

/* A whole life of the image, with all that was done to its file in the log. The story's clock counts the log's records. */
static void record_life(struct peer *peer, struct story *story, const char *log_path)
{
    struct error err = {""};
    struct disk_log *log = disk_log_create(log_path, &err);
    assert_non_null(log);
    struct killer killer = {.clock = &story->clock};
    assert_true(disk_log_add(log, "image", 0, &killer.host, &err));
    story->clock = 1;
    struct disk_calls table = killer_calls(&killer);
    peer_run(peer, "cp image.qcow2 before.qcow2");
    struct disk_image image = story_open(peer->path, &table);
    story_go_on(story, &image, STORY_OPS);
    assert_int_equal(image.format->close(image.state), 0);
    assert_true(disk_log_close(log, &err));
}

static const uint8_t *map_log(const char *path, size_t *size)
{
    struct stat info;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    const uint8_t *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    close(fd);
    *size = (size_t)info.st_size;
    return bytes;
}

static void lose_power_often(struct peer *peer, struct story *story, unsigned losses)
{
    char path[128];
    struct disk_log_reader log;
    struct error err = {""};
    size_t size;
    snprintf(path, sizeof path, "%s/log", peer->folder);
    record_life(peer, story, path);
    const uint8_t *bytes = map_log(path, &size);
    assert_true(disk_log_read_begin(&log, bytes, size, &err));
    uint64_t records = disk_log_count(&log);
    assert_int_equal(story->clock, records - 1); /* all but the end */
    for (unsigned i = 0; i < losses; i++) {
        struct disk_crash crash = {.cut = splitmix_below(&story->random, records), .seed = i};
        lose_power(peer, &log, &crash);
        expect_survived(peer, story, crash.cut, NULL);
    }
    munmap((void *)(uintptr_t)bytes, size);
}

/* Something to begin with, which a snapshot shares. */
static void begin_with_a_snapshot(struct peer *peer, struct story *story)
{
    static uint32_t found[STORY_SECTORS];
    struct disk_image image = story_open(peer->path, disk_calls_host());
    story_go_on(story, &image, STORY_OPS / 4);
    story_expect(story, &image, UINT64_MAX, found);
    assert_int_equal(image.format->close(image.state), 0);
    story_begin_anew(story, found);
    peer_run(peer, "qemu-img snapshot -c one image.qcow2");
}

static void a_loss_of_power_leaves_what_was_flushed(void **state)
{
    const struct amount *amount = *state;
    for (unsigned n = 0; n < ARRAY_SIZE(kinds); n++) {
        struct story *story = story_create(n);
        struct peer peer;
        peer_create(&peer, n);
        make_image(&peer, n);
        if (strstr(kinds[n], "refcount_bits=1") == NULL)
            begin_with_a_snapshot(&peer, story);
        lose_power_often(&peer, story, (amount->losses + ARRAY_SIZE(kinds) - 1) / ARRAY_SIZE(kinds));
        peer_destroy(&peer);
        story_destroy(story);
    }
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
    static const struct amount some = {.kills = 50, .losses = 50}, much = {.kills = 1200, .losses = 1200};
    void *amount = (void *)(uintptr_t)(all ? &much : &some);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(killed_in_mid_work_it_keeps_what_was_flushed, amount),
        cmocka_unit_test_prestate(a_loss_of_power_leaves_what_was_flushed, amount),
    };
    if (!peer_has_tools()) {
        printf("qemu-img and qemu-io are not there (Debian: qemu-utils)\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
