/* SPDX-License-Identifier: MIT */
/* The 9P server: what guests can do in a folder, and what they cannot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "p9_client.h"
#include "tree.h"

enum { READ = 0, WRITE = 1, READ_WRITE = 2, EXCLUSIVE = 0200, TRUNCATE = 01000 };
enum { SET_MODE = 1, SET_OWNER = 2, SET_SIZE = 8, SET_MTIME = 0x20, SET_MTIME_TO = 0x100 };

struct rig {
    struct tree tree;
    struct client client;
};

static void serve(struct rig *rig, bool writable, unsigned files)
{
    struct p9_limits limits = {writable, files};
    p9_server_destroy(rig->client.server);
    rig->client.server = p9_server_create(dup(rig->tree.shared), &limits);
    assert_non_null(rig->client.server);
    assert_int_equal(client_version(&rig->client, CLIENT_BYTES), 0);
    assert_int_equal(client_attach(&rig->client, ROOT), 0);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    tree_create(&rig->tree);
    serve(rig, true, 256);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    p9_server_destroy(rig->client.server);
    tree_destroy(&rig->tree);
    free(rig);
    return 0;
}

static void what_a_guest_writes_it_reads_again_and_the_host_finds(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_walk(c, ROOT, 2, ""), 0);
    assert_int_equal(client_create(c, 2, "new", READ_WRITE, 0640), 0);
    assert_int_equal(client_write(c, 2, 3, "hello", 5), 0);
    assert_int_equal(answered(c, 0, 4), 5);
    assert_int_equal(client_read(c, 2, 0, 100), 0);
    assert_int_equal(answered(c, 0, 4), 8);
    assert_memory_equal(c->answer + 11, "\0\0\0hello", 8);
    struct stat info;
    assert_int_equal(fstatat(rig->tree.shared, "new", &info, 0), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_equal(info.st_size, 8);
    assert_int_equal(client_getattr(c, 2), 0);
    assert_int_equal(answered(c, ATTR_SIZE, 8), 8);
    assert_int_equal(answered(c, ATTR_MODE, 4), info.st_mode);
}

static void a_message_never_reads_more_than_its_answer_holds(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_walk(c, ROOT, 2, ""), 0);
    assert_int_equal(client_create(c, 2, "long", READ_WRITE, 0640), 0);
    assert_int_equal(client_setattr(c, 2, SET_SIZE, 0, 10 * CLIENT_BYTES), 0);
    assert_int_equal(client_read(c, 2, 0, UINT32_MAX), 0);
    assert_int_equal(answered(c, 0, 4), CLIENT_BYTES - 11);
    assert_int_equal(client_read(c, 2, UINT64_MAX, 5), EINVAL);
}

static void a_symbolic_link_is_read_and_never_followed(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    static const char *const targets[] = {"../secret", "..", "/", "/etc/passwd", "/proc/self/root", "."};
    for (unsigned i = 0; i < 6; i++) {
        uint32_t fid = 10 + i;
        char name[8] = {(char)('a' + i)};
        assert_int_equal(symlinkat(targets[i], rig->tree.shared, name), 0);
        assert_int_equal(client_walk(c, ROOT, fid, name), 0);
        assert_int_equal(client_number(c, T_READLINK, fid), 0);
        assert_int_equal(answered(c, 0, 2), strlen(targets[i]));
        assert_memory_equal(c->answer + 9, targets[i], strlen(targets[i]));
        assert_int_equal(client_open(c, fid, READ), ELOOP);
        assert_int_equal(client_open(c, fid, READ_WRITE | TRUNCATE), ELOOP);
        assert_int_not_equal(client_walk(c, fid, 99, "secret"), 0);
        assert_int_not_equal(client_setattr(c, fid, SET_SIZE, 0, 0), 0);
        assert_int_not_equal(client_setattr(c, fid, SET_MODE, 0777, 0), 0);
        assert_int_equal(client_walk(c, ROOT, 50 + fid, ""), 0);
        assert_int_equal(client_create(c, 50 + fid, name, READ_WRITE | TRUNCATE, 0644), ELOOP);
        assert_int_equal(client_create(c, 50 + fid, name, READ_WRITE | EXCLUSIVE, 0644), EEXIST);
    }
    assert_true(tree_holds(rig->tree.at, "secret", SECRET));
}

static void dots_lead_nowhere_beyond_the_root(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_getattr(c, ROOT), 0);
    uint64_t root = answered(c, 8 + 5, 8);
    assert_int_equal(client_mkdir(c, ROOT, "d", 0755), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "d/../.."), 0);
    assert_int_equal(answered(c, 2 + 2 * 13 + 5, 8), root);
    assert_int_equal(client_walk(c, 2, 3, "secret"), ENOENT);
    assert_int_equal(client_walk(c, ROOT, 3, "."), EINVAL);
    assert_int_equal(client_mkdir(c, ROOT, "..", 0755), EINVAL);
    assert_int_equal(client_unlinkat(c, ROOT, "..", 0x200), EINVAL);
    assert_int_equal(client_renameat(c, ROOT, "d", ROOT, ".."), EINVAL);
    assert_int_equal(client_number(c, T_REMOVE, ROOT), EBUSY);
}

/* By hand, as the client's own paths are cut at slashes. */
static void a_name_with_a_slash_is_no_name(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    static const char *const names[] = {"../secret", "/etc/passwd", "d/x", "/", ""};
    for (unsigned i = 0; i < 5; i++) {
        begin(c, T_WALK);
        put(c, 4, ROOT);
        put(c, 4, 2);
        put(c, 2, 1);
        put_text(c, names[i]);
        assert_int_equal(ask(c), EINVAL);
        assert_int_equal(client_mkdir(c, ROOT, names[i], 0755), EINVAL);
        assert_int_equal(client_symlink(c, ROOT, names[i], "x"), EINVAL);
        assert_int_equal(client_unlinkat(c, ROOT, names[i], 0), EINVAL);
        assert_int_equal(client_renameat(c, ROOT, names[i], ROOT, "x"), EINVAL);
        assert_int_equal(client_mknod(c, ROOT, names[i], S_IFREG | 0644), EINVAL);
        assert_int_equal(client_link(c, ROOT, ROOT, names[i]), EINVAL);
        assert_int_equal(client_rename(c, ROOT, ROOT, names[i]), EINVAL);
    }
    assert_true(tree_holds(rig->tree.at, "secret", SECRET));
}

static void no_device_fifo_or_socket_is_made_or_opened(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_mknod(c, ROOT, "n", S_IFCHR | 0666), EPERM);
    assert_int_equal(client_mknod(c, ROOT, "n", S_IFBLK | 0666), EPERM);
    assert_int_equal(client_mknod(c, ROOT, "n", S_IFIFO | 0666), EPERM);
    assert_int_equal(client_mknod(c, ROOT, "n", S_IFSOCK | 0666), EPERM);
    assert_int_equal(client_mknod(c, ROOT, "n", S_IFREG | 0666), 0);
    assert_int_equal(mkfifoat(rig->tree.shared, "fifo", 0666), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "fifo"), 0);
    assert_int_equal(client_open(c, 2, READ), EACCES);
    assert_int_equal(client_open(c, 2, WRITE), EACCES);
    assert_int_equal(client_setattr(c, 2, SET_SIZE, 0, 0), EINVAL);
    assert_int_equal(client_walk(c, ROOT, 3, ""), 0);
    assert_int_equal(client_create(c, 3, "fifo", READ_WRITE, 0644), EACCES);
}

static void a_folder_that_is_only_to_be_read_stays_as_it_is(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    tree_write(rig->tree.shared, "file", "text");
    serve(rig, false, 256);
    assert_int_equal(client_walk(c, ROOT, 2, "file"), 0);
    assert_int_equal(client_open(c, 2, WRITE), EROFS);
    assert_int_equal(client_open(c, 2, READ | TRUNCATE), EROFS);
    assert_int_equal(client_setattr(c, 2, SET_MODE, 0, 0), EROFS);
    assert_int_equal(client_mkdir(c, ROOT, "d", 0755), EROFS);
    assert_int_equal(client_mknod(c, ROOT, "n", S_IFREG), EROFS);
    assert_int_equal(client_symlink(c, ROOT, "l", "x"), EROFS);
    assert_int_equal(client_link(c, ROOT, 2, "l"), EROFS);
    assert_int_equal(client_renameat(c, ROOT, "file", ROOT, "other"), EROFS);
    assert_int_equal(client_rename(c, 2, ROOT, "other"), EROFS);
    assert_int_equal(client_unlinkat(c, ROOT, "file", 0), EROFS);
    assert_int_equal(client_create(c, ROOT, "n", READ, 0644), EROFS);
    assert_int_equal(client_open(c, 2, READ), 0);
    assert_int_equal(client_write(c, 2, 0, "x", 1), EROFS);
    assert_int_equal(client_read(c, 2, 0, 10), 0);
    assert_memory_equal(c->answer + 11, "text", 4);
    assert_int_equal(client_number(c, T_REMOVE, 2), EROFS);
    assert_int_equal(client_clunk(c, 2), EBADF);
    assert_true(tree_holds(rig->tree.shared, "file", "text"));
}

static void rights_of_others_are_never_given(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    struct stat info;
    assert_int_equal(client_mknod(c, ROOT, "suid", S_IFREG | 06755), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "suid"), 0);
    assert_int_equal(client_setattr(c, 2, SET_MODE, 06711, 0), 0);
    assert_int_equal(client_mkdir(c, ROOT, "d", 07777), 0);
    assert_int_equal(fstatat(rig->tree.shared, "suid", &info, 0), 0);
    assert_int_equal(info.st_mode & 07777, 0711);
    uid_t before = info.st_uid;
    assert_int_equal(client_setattr(c, 2, SET_OWNER, 0, 0), 0);
    assert_int_equal(fstatat(rig->tree.shared, "suid", &info, 0), 0);
    assert_int_equal(info.st_uid, before);
    assert_int_equal(fstatat(rig->tree.shared, "d", &info, 0), 0);
    assert_int_equal(info.st_mode & 07777, 01777);
}

static void times_are_set_as_asked(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    struct stat info;
    tree_write(rig->tree.shared, "file", "text");
    assert_int_equal(symlinkat("../secret", rig->tree.shared, "link"), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "file"), 0);
    assert_int_equal(client_setattr(c, 2, SET_MTIME | SET_MTIME_TO, 0, 0), 0);
    assert_int_equal(fstatat(rig->tree.shared, "file", &info, 0), 0);
    assert_int_equal(info.st_mtim.tv_sec, 1000000000);
    assert_int_equal(info.st_mtim.tv_nsec, 5);
    assert_int_equal(client_walk(c, ROOT, 3, "link"), 0);
    assert_int_equal(client_setattr(c, 3, SET_MTIME | SET_MTIME_TO, 0, 0), 0);
    assert_int_equal(fstatat(rig->tree.at, "secret", &info, 0), 0);
    assert_int_not_equal(info.st_mtim.tv_sec, 1000000000);
}

static void a_fid_follows_its_file_through_renames(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_mkdir(c, ROOT, "a", 0755), 0);
    assert_int_equal(client_mkdir(c, ROOT, "b", 0755), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "a"), 0);
    assert_int_equal(client_walk(c, ROOT, 3, "b"), 0);
    assert_int_equal(client_walk(c, 2, 4, ""), 0);
    assert_int_equal(client_create(c, 4, "f", READ_WRITE, 0644), 0);
    assert_int_equal(client_walk(c, 2, 5, "f"), 0);
    assert_int_equal(client_rename(c, 5, 3, "g"), 0);
    assert_int_equal(client_renameat(c, ROOT, "b", ROOT, "c"), 0);
    assert_int_equal(client_rename(c, 5, 2, "h"), 0);
    assert_true(tree_holds(rig->tree.shared, "a/h", ""));
    assert_int_equal(client_write(c, 4, 0, "text", 4), 0);
    assert_int_equal(client_link(c, 3, 5, "linked"), 0);
    assert_true(tree_holds(rig->tree.shared, "c/linked", "text"));
    assert_int_equal(client_number(c, T_REMOVE, 5), 0);
    assert_false(tree_holds(rig->tree.shared, "a/h", "text"));
}

static void a_removed_file_that_is_open_stays_readable(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    tree_write(rig->tree.shared, "file", "text");
    assert_int_equal(client_walk(c, ROOT, 2, "file"), 0);
    assert_int_equal(client_open(c, 2, READ), 0);
    assert_int_equal(client_walk(c, ROOT, 3, "file"), 0);
    assert_int_equal(client_unlinkat(c, ROOT, "file", 0), 0);
    tree_write(rig->tree.shared, "file", "other");
    assert_int_equal(client_read(c, 2, 0, 10), 0);
    assert_memory_equal(c->answer + 11, "text", 4);
    assert_int_equal(client_getattr(c, 3), 0);
    assert_int_equal(answered(c, ATTR_SIZE, 8), 4);
    assert_int_equal(client_rename(c, 3, ROOT, "again"), ESTALE);
}

/* The names of a folder, some at a time. */
static unsigned list(struct client *c, uint32_t fid, uint32_t count)
{
    unsigned found = 0;
    uint64_t offset = 0;
    for (;;) {
        assert_int_equal(client_readdir(c, fid, offset, count), 0);
        size_t end = 11 + answered(c, 0, 4);
        assert_true(end == c->got && end <= 11 + count);
        if (end == 11)
            return found;
        for (size_t at = 11; at < end; found++) {
            offset = little_get(c->answer + at + 13, 8);
            at += 24 + little_get(c->answer + at + 22, 2);
        }
    }
}

static void a_folder_is_listed_whole_in_pieces_of_any_size(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    for (unsigned i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "%0*u", 1 + (int)(i % 20), i);
        tree_write(rig->tree.shared, name, "");
    }
    assert_int_equal(client_walk(c, ROOT, 2, ""), 0);
    assert_int_equal(client_open(c, 2, READ), 0);
    assert_int_equal(list(c, 2, CLIENT_BYTES), 302);
    assert_int_equal(list(c, 2, 600), 302);
    assert_int_equal(list(c, 2, 100), 302);
    assert_int_equal(client_readdir(c, 2, 0, 20), EINVAL);
}

/* 200 files with descriptors for 32. */
static void more_fids_than_descriptors_are_served(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    char name[32];
    serve(rig, true, 64);
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "d%u", i);
        assert_int_equal(client_mkdir(c, ROOT, name, 0755), 0);
        snprintf(name, sizeof name, "d%u/f", i);
        tree_write(rig->tree.shared, name, "text");
        assert_int_equal(client_walk(c, ROOT, 100 + i, name), 0);
    }
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 200; i++) {
            assert_int_equal(client_getattr(c, 100 + i), 0);
            assert_int_equal(answered(c, ATTR_SIZE, 8), 4);
        }
    /* Renamed by the guest they are found; replaced by the host they are stale. */
    assert_int_equal(client_renameat(c, ROOT, "d0", ROOT, "e0"), 0);
    assert_int_equal(renameat(rig->tree.shared, "d1/f", rig->tree.shared, "d1/g"), 0);
    tree_write(rig->tree.shared, "d1/f", "another");
    for (unsigned i = 100; i < 200; i++)
        assert_int_equal(client_getattr(c, 100 + i), 0);
    assert_int_equal(client_getattr(c, 100), 0);
    assert_int_equal(client_getattr(c, 101), ESTALE);
    unsigned opened = 0;
    while (opened < 200 && client_open(c, 299 - opened, READ) == 0)
        opened++;
    assert_int_equal(opened, 32);
    assert_int_equal(client_open(c, 150, READ), EMFILE);
    assert_int_equal(client_clunk(c, 299), 0);
    assert_int_equal(client_open(c, 150, READ), 0);
}

static void a_moved_folder_is_no_way_out(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_mkdir(c, ROOT, "d", 0755), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "d"), 0);
    assert_int_equal(renameat(rig->tree.shared, "d", rig->tree.at, "d"), 0);
    bool whole;
    assert_int_equal(client_walk_some(c, 2, 3, "../secret", &whole), 0);
    assert_false(whole);
    assert_int_equal(client_walk(c, ROOT, 4, "d"), ENOENT);
}

static void what_is_cut_short_is_refused(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    uint8_t whole[CLIENT_BYTES];
    assert_int_equal(client_walk(c, ROOT, 2, ""), 0);
    assert_int_equal(client_create(c, 2, "f", READ_WRITE, 0644), 0);
    client_write(c, 2, 0, "0123456789", 10);
    size_t count = c->used;
    memcpy(whole, c->message, count);
    for (size_t used = 7; used < count; used++) {
        memcpy(c->message, whole, used);
        c->used = used;
        assert_int_not_equal(ask(c), 0);
    }
    client_renameat(c, ROOT, "f", ROOT, "g");
    count = c->used;
    memcpy(whole, c->message, count);
    assert_int_equal(client_renameat(c, ROOT, "g", ROOT, "f"), 0);
    for (size_t used = 7; used < count; used++) {
        memcpy(c->message, whole, used);
        c->used = used;
        assert_int_not_equal(ask(c), 0);
    }
    assert_true(tree_holds(rig->tree.shared, "f", "0123456789"));
}

static void fids_are_told_apart(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    assert_int_equal(client_attach(c, ROOT), EBADF);
    assert_int_equal(client_attach(c, NO_FID), EBADF);
    assert_int_equal(client_walk(c, 77, 2, ""), EBADF);
    assert_int_equal(client_walk(c, ROOT, 2, ""), 0);
    assert_int_equal(client_walk(c, ROOT, 2, ""), EBADF);
    assert_int_equal(client_read(c, 2, 0, 1), EBADF);
    assert_int_equal(client_open(c, 2, READ), 0);
    assert_int_equal(client_open(c, 2, READ), EBADF);
    assert_int_equal(client_read(c, 2, 0, 1), EISDIR);
    assert_int_equal(client_walk(c, 2, 2, ""), EBADF);
    assert_int_equal(client_clunk(c, 2), 0);
    assert_int_equal(client_clunk(c, 2), EBADF);
    assert_int_equal(client_number(c, 99, ROOT), EOPNOTSUPP);
    assert_int_equal(client_version(c, 100), EMSGSIZE);
    assert_int_equal(client_version(c, 8192), 0);
    assert_int_equal(client_getattr(c, ROOT), EBADF);
}

static void locks_are_the_guests_own(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    for (unsigned type = T_LOCK; type <= T_GETLOCK; type += T_GETLOCK - T_LOCK) {
        begin(c, type);
        put(c, 4, ROOT);
        put(c, 1, 1);
        if (type == T_LOCK)
            put(c, 4, 1);
        put(c, 8, 0);
        put(c, 8, 0);
        put(c, 4, 5);
        put_text(c, "guest");
        assert_int_equal(ask(c), 0);
        assert_int_equal(answered(c, 0, 1), type == T_LOCK ? 0 : 2);
    }
}

static void loaded_fids_go_on_and_what_is_not_there_is_stale(void **state)
{
    struct rig *rig = *state;
    struct client *c = &rig->client;
    struct error err;
    uint8_t *bytes;
    size_t count;
    assert_int_equal(client_mkdir(c, ROOT, "d", 0755), 0);
    tree_write(rig->tree.shared, "d/kept", "kept");
    tree_write(rig->tree.shared, "d/lost", "lost");
    assert_int_equal(symlinkat("../secret", rig->tree.shared, "link"), 0);
    assert_int_equal(client_walk(c, ROOT, 2, "d/kept"), 0);
    assert_int_equal(client_open(c, 2, READ_WRITE | TRUNCATE), 0);
    assert_int_equal(client_write(c, 2, 0, "new", 3), 0);
    assert_int_equal(client_walk(c, ROOT, 3, "d/lost"), 0);
    assert_int_equal(client_open(c, 3, READ), 0);
    assert_int_equal(client_walk(c, ROOT, 4, "d"), 0);
    assert_true(p9_server_save(c->server, &bytes, &count));
    assert_true(p9_server_check(bytes, count, &err));
    /* In the same process an open file that is gone stays open. */
    assert_int_equal(unlinkat(rig->tree.shared, "d/lost", 0), 0);
    assert_true(p9_server_load(c->server, bytes, count));
    assert_int_equal(client_read(c, 3, 0, 10), 0);
    struct p9_limits limits = {true, 256};
    p9_server_destroy(c->server);
    c->server = p9_server_create(dup(rig->tree.shared), &limits);
    assert_int_equal(renameat(rig->tree.shared, "link", rig->tree.shared, "d/lost"), 0);
    assert_true(p9_server_load(c->server, bytes, count));
    assert_int_equal(client_read(c, 2, 0, 10), 0);
    assert_memory_equal(c->answer + 11, "new", 3);
    assert_int_equal(client_write(c, 2, 3, "er", 2), 0);
    assert_int_equal(client_read(c, 3, 0, 10), ESTALE);
    assert_int_equal(client_getattr(c, 3), ESTALE);
    assert_int_equal(client_clunk(c, 3), 0);
    assert_int_equal(client_walk(c, 4, 5, "kept"), 0);
    assert_int_equal(client_walk(c, ROOT, 6, "d"), 0);
    for (size_t cut = 0; cut < count; cut++)
        if (p9_server_check(bytes, cut, NULL))
            p9_server_load(c->server, bytes, cut);
    free(bytes);
}

int main(void)
{
    umask(0); /* as in the process that serves */
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_a_guest_writes_it_reads_again_and_the_host_finds),
        TEST(a_message_never_reads_more_than_its_answer_holds),
        TEST(a_symbolic_link_is_read_and_never_followed),
        TEST(dots_lead_nowhere_beyond_the_root),
        TEST(a_name_with_a_slash_is_no_name),
        TEST(no_device_fifo_or_socket_is_made_or_opened),
        TEST(a_folder_that_is_only_to_be_read_stays_as_it_is),
        TEST(rights_of_others_are_never_given),
        TEST(times_are_set_as_asked),
        TEST(a_fid_follows_its_file_through_renames),
        TEST(a_removed_file_that_is_open_stays_readable),
        TEST(a_folder_is_listed_whole_in_pieces_of_any_size),
        TEST(more_fids_than_descriptors_are_served),
        TEST(a_moved_folder_is_no_way_out),
        TEST(what_is_cut_short_is_refused),
        TEST(fids_are_told_apart),
        TEST(locks_are_the_guests_own),
        TEST(loaded_fids_go_on_and_what_is_not_there_is_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
