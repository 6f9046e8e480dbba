/* SPDX-License-Identifier: MIT */
/* Messages about what is known of files. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "share/p9_impl.h"

/* Tgetattr's mask: all but what a host does not tell. */
#define ATTR_BASIC UINT64_C(0x7ff)

/* Tsetattr's. */
enum {
    SET_MODE = 1,
    SET_SIZE = 8,
    SET_ATIME = 0x10,
    SET_MTIME = 0x20,
    SET_ATIME_TO = 0x80,
    SET_MTIME_TO = 0x100,
};
#define KEPT_MODE 01777u

#define BLOCK_BYTES 4096u

/* What a program that asks reads at once: as much as one message brings. */
static uint64_t block_bytes(const struct p9_server *server)
{
    uint32_t data = server->message_bytes > P9_DATA_AT ? server->message_bytes - P9_DATA_AT : 0;
    return data < BLOCK_BYTES ? BLOCK_BYTES : data / BLOCK_BYTES * BLOCK_BYTES;
}

static void put_time(struct p9_out *out, const struct timespec *time)
{
    p9_put(out, 8, (uint64_t)time->tv_sec);
    p9_put(out, 8, (uint64_t)time->tv_nsec);
}

int p9_getattr(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    static const struct timespec unknown;
    struct stat info;
    struct fid *fid = p9_get_fid(server, in);
    p9_get(in, 8);
    if (in->bad || fid == NULL)
        return in->bad ? EPROTO : EBADF;
    int fd = fid->fd >= 0 ? fid->fd : node_fd(server->nodes, fid->node);
    if (fd < 0 || fstat(fd, &info) != 0)
        return fd < 0 ? -fd : errno;
    p9_put(out, 8, ATTR_BASIC);
    p9_put_qid(server, out, &info);
    p9_put(out, 4, info.st_mode);
    p9_put(out, 4, info.st_uid);
    p9_put(out, 4, info.st_gid);
    p9_put(out, 8, info.st_nlink);
    p9_put(out, 8, info.st_rdev);
    p9_put(out, 8, (uint64_t)info.st_size);
    p9_put(out, 8, block_bytes(server));
    p9_put(out, 8, (uint64_t)info.st_blocks);
    put_time(out, &info.st_atim);
    put_time(out, &info.st_mtim);
    put_time(out, &info.st_ctim);
    put_time(out, &unknown); /* of its making */
    p9_put(out, 8, 0);
    p9_put(out, 8, 0);
    return 0;
}

/* Changes. */

struct change {
    uint32_t valid, mode;
    uint64_t size;
    struct timespec times[2];
};

static void get_time(struct p9_in *in, struct timespec *time, uint32_t valid, uint32_t set, uint32_t set_to)
{
    uint64_t sec = p9_get(in, 8), nsec = p9_get(in, 8);
    *time = (struct timespec){.tv_sec = (time_t)sec, .tv_nsec = (long)nsec};
    if ((valid & set_to) == 0)
        *time = (struct timespec){.tv_nsec = (valid & set) != 0 ? UTIME_NOW : UTIME_OMIT};
    else if (nsec >= 1000000000u)
        in->bad = true;
}

/* Owners stay as they are: all belongs to who runs the server. */
static bool get_change(struct p9_in *in, struct change *change)
{
    change->valid = (uint32_t)p9_get(in, 4);
    change->mode = (uint32_t)p9_get(in, 4);
    p9_get(in, 4);
    p9_get(in, 4);
    change->size = p9_get(in, 8);
    get_time(in, &change->times[0], change->valid, SET_ATIME, SET_ATIME_TO);
    get_time(in, &change->times[1], change->valid, SET_MTIME, SET_MTIME_TO);
    return !in->bad;
}

static int set_mode(struct p9_server *server, struct node *node, uint32_t mode)
{
    char link[NODE_LINK_SIZE];
    if (node_kind(node) == S_IFLNK)
        return EOPNOTSUPP;
    int error = node_link(server->nodes, node, link);
    if (error != 0)
        return error;
    return fchmodat(node_tree_links(server->nodes), link, mode & KEPT_MODE, 0) == 0 ? 0 : errno;
}

static int set_size_of(int fd, uint64_t size)
{
    return ftruncate(fd, (off_t)size) == 0 ? 0 : errno;
}

/* The fid may be open for reading alone. */
static int set_size(struct p9_server *server, const struct fid *fid, uint64_t size)
{
    if (fid->fd >= 0 && set_size_of(fid->fd, size) == 0)
        return 0;
    if (node_kind(fid->node) != S_IFREG)
        return EINVAL;
    int fd = node_open(server->nodes, fid->node, O_WRONLY);
    if (fd < 0)
        return -fd;
    int error = set_size_of(fd, size);
    close(fd);
    return error;
}

static int set_times(struct p9_server *server, struct node *node, const struct timespec times[2])
{
    int fd = node_fd(server->nodes, node);
    if (fd < 0)
        return -fd;
    return utimensat(fd, "", times, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

int p9_setattr(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct change change;
    struct fid *fid = p9_get_fid(server, in);
    (void)out;
    if (!get_change(in, &change) || fid == NULL)
        return fid == NULL ? EBADF : EINVAL;
    int error = 0;
    if ((change.valid & SET_MODE) != 0)
        error = set_mode(server, fid->node, change.mode);
    if (error == 0 && (change.valid & SET_SIZE) != 0)
        error = set_size(server, fid, change.size);
    if (error == 0 && (change.valid & (SET_ATIME | SET_MTIME)) != 0)
        error = set_times(server, fid->node, change.times);
    return error;
}

int p9_statfs(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct statfs info;
    struct fid *fid = p9_get_fid(server, in);
    if (fid == NULL)
        return EBADF;
    int fd = node_fd(server->nodes, fid->node);
    if (fd < 0 || fstatfs(fd, &info) != 0)
        return fd < 0 ? -fd : errno;
    p9_put(out, 4, (uint32_t)info.f_type);
    p9_put(out, 4, (uint32_t)info.f_bsize);
    p9_put(out, 8, info.f_blocks);
    p9_put(out, 8, info.f_bfree);
    p9_put(out, 8, info.f_bavail);
    p9_put(out, 8, info.f_files);
    p9_put(out, 8, info.f_ffree);
    p9_put(out, 8, 0);
    p9_put(out, 4, (uint32_t)info.f_namelen);
    return 0;
}

/* The host's attributes say what its own programs may do: they are not for guests. */
int p9_xattrwalk(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    (void)server;
    (void)in;
    (void)out;
    return EOPNOTSUPP;
}

int p9_xattrcreate(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    return p9_xattrwalk(server, in, out);
}

/* Locks hold among the guest's programs, and the guest sees to them: it asks here only when it has none against it. */
#define LOCK_KINDS 3u
#define LOCK_NONE 2u

static struct fid *get_lock(struct p9_server *server, struct p9_in *in, unsigned flag_bytes, uint8_t *kind,
                            uint64_t place[2], uint32_t *process, char *client)
{
    struct fid *fid = p9_get_fid(server, in);
    *kind = (uint8_t)p9_get(in, 1);
    if (flag_bytes != 0)
        p9_get(in, flag_bytes);
    place[0] = p9_get(in, 8);
    place[1] = p9_get(in, 8);
    *process = (uint32_t)p9_get(in, 4);
    bool legal = p9_get_string(in, client, P9_NAME_SIZE);
    in->bad |= !legal || *kind >= LOCK_KINDS;
    return fid;
}

int p9_lock(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char client[P9_NAME_SIZE];
    uint64_t place[2];
    uint32_t process;
    uint8_t kind;
    const struct fid *fid = get_lock(server, in, 4, &kind, place, &process, client);
    if (in->bad || fid == NULL)
        return in->bad ? EINVAL : EBADF;
    p9_put(out, 1, 0);
    return 0;
}

int p9_getlock(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char client[P9_NAME_SIZE];
    uint64_t place[2];
    uint32_t process;
    uint8_t kind;
    const struct fid *fid = get_lock(server, in, 0, &kind, place, &process, client);
    if (in->bad || fid == NULL)
        return in->bad ? EINVAL : EBADF;
    p9_put(out, 1, LOCK_NONE);
    p9_put(out, 8, place[0]);
    p9_put(out, 8, place[1]);
    p9_put(out, 4, process);
    p9_put_string(out, client, strlen(client));
    return 0;
}
