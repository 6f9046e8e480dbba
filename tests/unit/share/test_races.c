/* SPDX-License-Identifier: MIT */
/* A guest that wants out of its folder, and a process of the host that helps: it swaps folders, files, links and fifos of the
 * folder as fast as it can, while the guest walks, opens, reads, writes, creates, moves and removes. What lies outside must
 * neither be read nor changed. The server runs without its process's sandbox, which would hide its mistakes.
 * Usage: [--all]: 10^7 operations, not 10^5. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "p9_client.h"
#include "tree.h"

#define CANARY "canary: this is not shared"
#define INSIDE "inside"
#define FIDS 24u
#define FIRST_FID 100u

/* "d/f" inside, "f" outside: what a link instead of d would lead to. */
static const char *const outside_files[] = {"outside/f", "outside/g", "outside/d/f", "secret"};
static const char *const outside_texts[] = {CANARY, CANARY, CANARY, SECRET};

struct rig {
    struct tree tree;
    struct client client;
    struct stat before[ARRAY_SIZE(outside_files)], folder_before;
    _Atomic uint64_t *swaps; /* shared with the other process */
    pid_t other;
    uint64_t seed, reads, writes, opened;
};

/* The process that helps. */

static void make_inside(const struct tree *tree)
{
    mkdirat(tree->shared, "d", 0755);
    mkdirat(tree->shared, "d/d", 0755);
    mkdirat(tree->shared, "roam", 0755);
    tree_write(tree->shared, "d/f", INSIDE);
    tree_write(tree->shared, "d/g", INSIDE);
    tree_write(tree->shared, "d/d/f", INSIDE);
    tree_write(tree->shared, "roam/f", INSIDE);
    tree_write(tree->shared, "f", INSIDE);
    symlinkat("../outside", tree->shared, "to-outside");
    symlinkat("../../outside/d", tree->shared, "d/to-outside");
    symlinkat("../outside/f", tree->shared, "to-canary");
    symlinkat("../../outside/f", tree->shared, "d/to-canary");
    mkfifoat(tree->shared, "d/fifo", 0666);
}

static void swap(int at, const char *a, const char *b)
{
    renameat2(at, a, at, b, RENAME_EXCHANGE);
}

/* The guest may have removed or moved any of it. */
static void repair(int at)
{
    mkdirat(at, "d", 0755);
    mkdirat(at, "d/d", 0755);
    symlinkat("../outside", at, "to-outside");
    symlinkat("../../outside/d", at, "d/to-outside");
    symlinkat("../outside/f", at, "to-canary");
    symlinkat("../../outside/f", at, "d/to-canary");
    mkfifoat(at, "d/fifo", 0666);
    close(openat(at, "d/f", O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644));
    close(openat(at, "f", O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644));
}

/* Does repair's work only through names of its own folder: d may be a link at the moment. */
static void mend(const struct tree *tree)
{
    int d = openat(tree->shared, "d", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (d >= 0)
        repair(tree->shared);
    close(d);
}

static void help(const struct tree *tree, _Atomic uint64_t *swaps)
{
    for (uint64_t n = 0;; n++) {
        swap(tree->shared, "d", "to-outside");
        swap(tree->shared, "f", "to-canary");
        swap(tree->shared, "d", "to-outside");
        swap(tree->shared, "d/d", "d/to-outside");
        swap(tree->shared, "d/f", "d/to-canary");
        renameat(tree->shared, "roam", tree->at, "outside/roam");
        swap(tree->shared, "d/d", "d/to-outside");
        swap(tree->shared, "d/g", "d/fifo");
        renameat(tree->at, "outside/roam", tree->shared, "roam");
        if (n % 4 == 0)
            mend(tree);
        atomic_fetch_add(swaps, 9);
    }
}

/* The guest. */

static uint64_t draw(struct rig *rig, uint64_t below)
{
    return splitmix_next(&rig->seed) % below;
}

static const char *draw_name(struct rig *rig)
{
    static const char *const names[] = {"d", "f", "g", "roam", "to-outside", "to-canary", "new", "fifo", "d"};
    return names[draw(rig, ARRAY_SIZE(names))];
}

static const char *draw_path(struct rig *rig)
{
    static const char *const paths[] = {"d/f",
                                        "d/d/f",
                                        "d",
                                        "d/g",
                                        "f",
                                        "roam/../f",
                                        "roam/f",
                                        "to-outside",
                                        "roam",
                                        "d/d",
                                        "d/../../outside/f",
                                        "..",
                                        "to-canary",
                                        "d/fifo",
                                        "roam/../../secret",
                                        "to-outside/f",
                                        "d/to-outside/f",
                                        ""};
    return paths[draw(rig, ARRAY_SIZE(paths))];
}

static uint32_t draw_fid(struct rig *rig)
{
    return draw(rig, 4) == 0 ? ROOT : FIRST_FID + (uint32_t)draw(rig, FIDS);
}

static void look_at_read(struct rig *rig)
{
    size_t count = rig->client.got > 11 ? rig->client.got - 11 : 0;
    rig->reads += count != 0;
    if (memmem(rig->client.answer, rig->client.got, "canary:", 7) != NULL ||
        memmem(rig->client.answer, rig->client.got, SECRET, strlen(SECRET)) != NULL)
        fail_msg("the guest read what is outside");
}

static void open_one(struct rig *rig, uint32_t fid)
{
    static const uint32_t flags[] = {0, 1, 2, 2 | 01000, 02001};
    rig->opened += client_open(&rig->client, fid, flags[draw(rig, 5)]) == 0;
}

static void read_one(struct rig *rig, uint32_t fid)
{
    if (client_read(&rig->client, fid, 0, 200) == 0)
        look_at_read(rig);
}

/* As soon as it is found it is used, now and then. */
static void walk(struct rig *rig)
{
    uint32_t to = FIRST_FID + (uint32_t)draw(rig, FIDS);
    bool whole;
    client_clunk(&rig->client, to);
    client_walk_some(&rig->client, draw_fid(rig), to, draw_path(rig), &whole);
    if (!whole || draw(rig, 2) == 0)
        return;
    open_one(rig, to);
    read_one(rig, to);
}

static void change_names(struct rig *rig)
{
    struct client *c = &rig->client;
    uint32_t fid = draw_fid(rig);
    const char *name = draw_name(rig), *other = draw_name(rig);
    switch (draw(rig, 10)) {
    case 0: client_renameat(c, fid, name, draw_fid(rig), other); break;
    case 1: client_rename(c, fid, draw_fid(rig), name); break;
    case 2: client_unlinkat(c, fid, name, draw(rig, 2) != 0 ? 0x200 : 0); break;
    case 3: client_link(c, fid, draw_fid(rig), name); break;
    case 4: client_symlink(c, fid, name, "../outside"); break;
    case 5: client_mkdir(c, fid, name, 0755); break;
    case 6:
        if (fid != ROOT)
            client_create(c, fid, name, 2 | 01000, 0644);
        break;
    default: client_mknod(c, fid, name, S_IFREG | 0644); break;
    }
}

static void act(struct rig *rig)
{
    struct client *c = &rig->client;
    switch (draw(rig, 10)) {
    case 0:
    case 1:
    case 2: walk(rig); break;
    case 3:
    case 4: open_one(rig, FIRST_FID + (uint32_t)draw(rig, FIDS)); break;
    case 5: read_one(rig, draw_fid(rig)); break;
    case 6: rig->writes += client_write(c, draw_fid(rig), 0, "EVIL", 4) == 0; break;
    case 7: client_setattr(c, draw_fid(rig), 1 | 8 | 0x20, 0644, 3); break;
    case 8: client_readdir(c, draw_fid(rig), 0, 500); break;
    default: change_names(rig); break;
    }
}

/* The test. */

static void make_outside(struct rig *rig)
{
    assert_int_equal(mkdirat(rig->tree.at, "outside", 0755), 0);
    assert_int_equal(mkdirat(rig->tree.at, "outside/d", 0755), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(outside_files); i++) {
        tree_write(rig->tree.at, outside_files[i], outside_texts[i]);
        assert_int_equal(fstatat(rig->tree.at, outside_files[i], &rig->before[i], 0), 0);
    }
    assert_int_equal(fstatat(rig->tree.at, "outside/d", &rig->folder_before, 0), 0);
}

static void look_outside(const struct rig *rig)
{
    struct stat info;
    for (unsigned i = 0; i < ARRAY_SIZE(outside_files); i++) {
        assert_int_equal(fstatat(rig->tree.at, outside_files[i], &info, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(tree_holds(rig->tree.at, outside_files[i], outside_texts[i]));
        assert_memory_equal(&info.st_mtim, &rig->before[i].st_mtim, sizeof info.st_mtim);
        assert_memory_equal(&info.st_ctim, &rig->before[i].st_ctim, sizeof info.st_ctim);
        assert_int_equal(info.st_ino, rig->before[i].st_ino);
    }
    /* The helper moves things through "outside" itself; below it nothing happens. */
    assert_int_equal(fstatat(rig->tree.at, "outside/d", &info, AT_SYMLINK_NOFOLLOW), 0);
    assert_memory_equal(&info.st_ctim, &rig->folder_before.st_ctim, sizeof info.st_ctim);
    static const char *const strange[] = {"outside/new", "outside/to-canary", "outside/fifo", "new"};
    for (unsigned i = 0; i < ARRAY_SIZE(strange); i++)
        assert_int_not_equal(fstatat(rig->tree.at, strange[i], &info, AT_SYMLINK_NOFOLLOW), 0);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct p9_limits limits = {true, 48};
    umask(0);
    tree_create(&rig->tree);
    make_outside(rig);
    make_inside(&rig->tree);
    rig->client.server = p9_server_create(dup(rig->tree.shared), &limits);
    assert_non_null(rig->client.server);
    assert_int_equal(client_version(&rig->client, CLIENT_BYTES), 0);
    assert_int_equal(client_attach(&rig->client, ROOT), 0);
    rig->swaps = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(rig->swaps != MAP_FAILED);
    rig->seed = 1;
    rig->other = fork();
    if (rig->other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        help(&rig->tree, rig->swaps);
    }
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    kill(rig->other, SIGKILL);
    waitpid(rig->other, NULL, 0);
    munmap(rig->swaps, 4096);
    p9_server_destroy(rig->client.server);
    tree_destroy(&rig->tree);
    free(rig);
    return 0;
}

static uint64_t operations = 100000;

static void no_race_leads_out_of_the_folder(void **state)
{
    struct rig *rig = *state;
    uint64_t n = 0;
    /* A slow helper gets its turns, too. */
    while (n < operations || atomic_load(rig->swaps) < operations / 100) {
        act(rig);
        if (++n % 10000 == 0)
            look_outside(rig);
    }
    look_outside(rig);
    print_message("%llu operations against %llu swaps: %llu opened, %llu reads, %llu writes, no escape\n",
                  (unsigned long long)n, (unsigned long long)atomic_load(rig->swaps), (unsigned long long)rig->opened,
                  (unsigned long long)rig->reads, (unsigned long long)rig->writes);
    assert_true(rig->opened > operations / 100 && rig->reads > operations / 1000 && rig->writes > operations / 1000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_race_leads_out_of_the_folder, set_up, tear_down),
    };
    if (argc > 1 && strcmp(argv[1], "--all") == 0)
        operations = 10000000;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
