/* SPDX-License-Identifier: MIT */
/* Messages about names: finding them, making, moving and removing what they name. All is done with one name in one folder, and
 * follows no link. What is made belongs to the user who runs the server, and gives its rights to nobody. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share/p9_impl.h"

#define WALK_LIMIT 16u
#define KEPT_MODE 01777u
#define REMOVE_FOLDER 0x200u

/* Walking. */

static int walk_names(struct p9_server *server, struct p9_in *in, unsigned count, struct node **at, struct p9_out *out,
                      unsigned *done)
{
    char name[P9_NAME_SIZE];
    struct stat info;
    for (*done = 0; *done < count; ++*done) {
        struct node *next;
        if (!p9_get_string(in, name, sizeof name))
            return in->bad ? EPROTO : ENAMETOOLONG;
        int error = node_walk(server->nodes, *at, name, &next, &info);
        if (error != 0)
            return error;
        node_release(server->nodes, *at);
        *at = next;
        p9_put_qid(server, out, &info);
    }
    return 0;
}

/* A path that ends early gives what there is of it, and no new fid. */
int p9_walk(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid = p9_get_fid(server, in);
    uint32_t number = (uint32_t)p9_get(in, 4);
    unsigned count = (unsigned)p9_get(in, 2), done;
    if (fid == NULL || in->bad || count > WALK_LIMIT)
        return fid == NULL ? EBADF : EINVAL;
    if (number != fid->number ? fid_find(server->fids, number) != NULL : fid->is_open)
        return EBADF;
    size_t count_at = out->used;
    struct node *at = node_hold(fid->node);
    p9_put(out, 2, 0);
    int error = walk_names(server, in, count, &at, out, &done);
    if (error != 0 || out->full) {
        node_release(server->nodes, at);
    } else if (number == fid->number) {
        fid_move(server->fids, fid, at);
    } else {
        error = fid_add(server->fids, number, at);
        if (error != 0)
            return error;
    }
    if (error != 0 && done == 0)
        return error;
    struct p9_out counter = {out->bytes, count_at, out->room, false};
    p9_put(&counter, 2, done);
    return in->bad ? EPROTO : 0;
}

/* Making. */

static int put_made(struct p9_server *server, struct p9_out *out, int folder, const char *name)
{
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    p9_put_qid(server, out, &info);
    return 0;
}

/* A file that is there already is opened as any other; O_EXCL sees to it that nothing else is. */
static int open_new(struct p9_server *server, struct fid *folder, int at, const char *name, uint32_t flags, mode_t mode,
                    struct stat *info)
{
    int fd = openat(at, name, p9_open_flags(flags) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
    if (fd < 0)
        return errno;
    struct node *node = fstat(fd, info) == 0 ? node_note(server->nodes, folder->node, name, info) : NULL;
    if (node == NULL) {
        close(fd);
        return ENOMEM;
    }
    fid_move(server->fids, folder, node);
    return fid_open(server->fids, folder, fd, flags);
}

static int open_old(struct p9_server *server, struct fid *folder, const char *name, uint32_t flags, struct stat *info)
{
    struct node *node;
    int error = node_walk(server->nodes, folder->node, name, &node, info);
    if (error != 0)
        return error;
    if (S_ISDIR(info->st_mode)) {
        node_release(server->nodes, node);
        return EISDIR;
    }
    struct node *before = node_hold(folder->node);
    fid_move(server->fids, folder, node);
    error = p9_open_fid(server, folder, flags);
    if (error == 0)
        node_release(server->nodes, before);
    else
        fid_move(server->fids, folder, before);
    return error;
}

int p9_lcreate(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE];
    struct fid *fid;
    struct stat info;
    int at = p9_get_folder(server, in, &fid), error = p9_get_name(in, name);
    uint32_t flags = (uint32_t)p9_get(in, 4), mode = (uint32_t)p9_get(in, 4);
    p9_get(in, 4);
    if (in->bad || at < 0 || error != 0)
        return in->bad ? EPROTO : at < 0 ? -at : error;
    if (fid->is_open)
        return EBADF;
    error = open_new(server, fid, at, name, flags, mode & KEPT_MODE, &info);
    if (error == EEXIST && (flags & P9_OPEN_EXCLUSIVE) == 0)
        error = open_old(server, fid, name, flags, &info);
    if (error != 0)
        return error;
    p9_put_qid(server, out, &info);
    p9_put(out, 4, 0);
    return 0;
}

int p9_mkdir(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE];
    struct fid *fid;
    int at = p9_get_folder(server, in, &fid), error = p9_get_name(in, name);
    uint32_t mode = (uint32_t)p9_get(in, 4);
    p9_get(in, 4);
    if (in->bad || at < 0 || error != 0)
        return in->bad ? EPROTO : at < 0 ? -at : error;
    return mkdirat(at, name, mode & KEPT_MODE) == 0 ? put_made(server, out, at, name) : errno;
}

/* Devices, fifos and sockets would be the host's. */
int p9_mknod(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE];
    struct fid *fid;
    int at = p9_get_folder(server, in, &fid), error = p9_get_name(in, name);
    uint32_t mode = (uint32_t)p9_get(in, 4);
    p9_get(in, 4);
    p9_get(in, 4);
    p9_get(in, 4);
    if (in->bad || at < 0 || error != 0)
        return in->bad ? EPROTO : at < 0 ? -at : error;
    if ((mode & S_IFMT) != S_IFREG && (mode & S_IFMT) != 0)
        return EPERM;
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & KEPT_MODE);
    if (fd < 0)
        return errno;
    close(fd);
    return put_made(server, out, at, name);
}

int p9_symlink(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE], target[P9_TARGET_SIZE];
    struct fid *fid;
    int at = p9_get_folder(server, in, &fid), error = p9_get_name(in, name);
    bool fits = p9_get_string(in, target, sizeof target);
    p9_get(in, 4);
    if (in->bad || at < 0 || error != 0)
        return in->bad ? EPROTO : at < 0 ? -at : error;
    if (!fits)
        return ENAMETOOLONG;
    return symlinkat(target, at, name) == 0 ? put_made(server, out, at, name) : errno;
}

int p9_readlink(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char target[P9_TARGET_SIZE];
    struct fid *fid = p9_get_fid(server, in);
    if (fid == NULL || node_kind(fid->node) != S_IFLNK)
        return fid == NULL ? EBADF : EINVAL;
    int fd = node_fd(server->nodes, fid->node);
    ssize_t length = fd < 0 ? fd : readlinkat(fd, "", target, sizeof target);
    if (length < 0)
        return fd < 0 ? -fd : errno;
    p9_put_string(out, target, (size_t)length);
    return 0;
}

/* The link is to the very file, wherever its name has gone. */
int p9_link(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE], link[NODE_LINK_SIZE];
    struct fid *folder;
    (void)out;
    int at = p9_get_folder(server, in, &folder);
    struct fid *fid = p9_get_fid(server, in);
    int error = p9_get_name(in, name);
    if (in->bad || at < 0 || fid == NULL || error != 0)
        return in->bad ? EPROTO : at < 0 ? -at : fid == NULL ? EBADF : error;
    error = node_link(server->nodes, fid->node, link);
    if (error != 0)
        return error;
    return linkat(node_tree_links(server->nodes), link, at, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/* Moving. */

static int move(struct p9_server *server, struct node *from, const char *name, struct node *to, const char *new_name)
{
    int from_at = node_fd(server->nodes, from);
    int to_at = node_fd(server->nodes, to);
    if (from_at < 0 || to_at < 0)
        return from_at < 0 ? -from_at : -to_at;
    node_prepare_removal(server->nodes, to, new_name);
    if (renameat(from_at, name, to_at, new_name) != 0)
        return errno;
    node_renamed(server->nodes, from, name, to, new_name);
    return 0;
}

int p9_renameat(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE], new_name[P9_NAME_SIZE];
    struct fid *from, *to;
    (void)out;
    int from_at = p9_get_folder(server, in, &from), error = p9_get_name(in, name);
    int to_at = p9_get_folder(server, in, &to), new_error = p9_get_name(in, new_name);
    if (in->bad || from_at < 0 || to_at < 0)
        return in->bad ? EPROTO : from_at < 0 ? -from_at : -to_at;
    if (error != 0 || new_error != 0)
        return error != 0 ? error : new_error;
    return move(server, from->node, name, to->node, new_name);
}

/* A copy, as the node's own is freed when it is renamed. */
static int move_node(struct p9_server *server, struct node *node, struct node *to, const char *new_name)
{
    char name[P9_NAME_SIZE];
    struct node *parent = node_parent(node);
    if (parent == NULL)
        return node == node_root(server->nodes) ? EBUSY : ESTALE;
    snprintf(name, sizeof name, "%s", node_name(node));
    return move(server, parent, name, to, new_name);
}

int p9_rename(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE];
    struct fid *fid = p9_get_fid(server, in), *to;
    int at = p9_get_folder(server, in, &to), error = p9_get_name(in, name);
    (void)out;
    if (in->bad || fid == NULL || at < 0 || error != 0)
        return in->bad ? EPROTO : fid == NULL ? EBADF : at < 0 ? -at : error;
    return move_node(server, fid->node, to->node, name);
}

/* Removing. */

static int remove_name(struct p9_server *server, struct node *folder, const char *name, bool is_folder)
{
    node_prepare_removal(server->nodes, folder, name);
    int at = node_fd(server->nodes, folder);
    if (at < 0)
        return -at;
    if (unlinkat(at, name, is_folder ? AT_REMOVEDIR : 0) != 0)
        return errno;
    node_removed(server->nodes, folder, name);
    return 0;
}

int p9_unlinkat(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE];
    struct fid *fid;
    (void)out;
    int at = p9_get_folder(server, in, &fid), error = p9_get_name(in, name);
    uint32_t flags = (uint32_t)p9_get(in, 4);
    if (in->bad || at < 0 || error != 0)
        return in->bad ? EPROTO : at < 0 ? -at : error;
    return (flags & ~REMOVE_FOLDER) != 0 ? EINVAL : remove_name(server, fid->node, name, flags != 0);
}

static int remove_node(struct p9_server *server, struct node *node)
{
    char name[P9_NAME_SIZE];
    struct node *parent = node_parent(node);
    if (!server->writable)
        return EROFS;
    if (parent == NULL)
        return node == node_root(server->nodes) ? EBUSY : ESTALE;
    snprintf(name, sizeof name, "%s", node_name(node));
    return remove_name(server, parent, name, node_kind(node) == S_IFDIR);
}

/* The fid is gone in any case. */
int p9_remove(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid = p9_get_fid(server, in);
    (void)out;
    if (fid == NULL)
        return EBADF;
    int error = remove_node(server, fid->node);
    fid_remove(server->fids, fid);
    return error;
}
