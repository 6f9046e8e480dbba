/* SPDX-License-Identifier: MIT */
/* Messages about what is in files and folders. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"
#include "share/p9_impl.h"

int p9_open_flags(uint32_t flags)
{
    static const struct {
        uint32_t p9;
        int host;
    } rows[] = {
        {P9_OPEN_TRUNCATE, O_TRUNC},
        {P9_OPEN_APPEND, O_APPEND},
        {P9_OPEN_DSYNC, O_DSYNC},
        {P9_OPEN_SYNC, O_SYNC},
    };
    static const int accesses[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY};
    int host = accesses[flags & P9_OPEN_ACCESS];
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if ((flags & rows[i].p9) == rows[i].p9)
            host |= rows[i].host;
    return host;
}

static bool wants_to_write(uint32_t flags)
{
    return (flags & P9_OPEN_ACCESS) == P9_OPEN_WRITE || (flags & P9_OPEN_ACCESS) == P9_OPEN_READ_WRITE ||
           (flags & P9_OPEN_TRUNCATE) != 0;
}

int p9_open_fid(struct p9_server *server, struct fid *fid, uint32_t flags)
{
    if (wants_to_write(flags) && !server->writable)
        return EROFS;
    if (wants_to_write(flags) && node_kind(fid->node) == S_IFDIR)
        return EISDIR;
    int fd = node_open(server->nodes, fid->node, p9_open_flags(flags));
    return fd < 0 ? -fd : fid_open(server->fids, fid, fd, flags);
}

int p9_lopen(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct stat info;
    struct fid *fid = p9_get_fid(server, in);
    uint32_t flags = (uint32_t)p9_get(in, 4);
    if (in->bad || fid == NULL || fid->is_open)
        return in->bad ? EPROTO : EBADF;
    int error = p9_open_fid(server, fid, flags);
    if (error != 0)
        return error;
    if (fstat(fid->fd, &info) != 0)
        return errno;
    p9_put_qid(server, out, &info);
    p9_put(out, 4, 0); /* as much at once as a message holds */
    return 0;
}

/* The fid that comes next, and is open; errno, or 0. */
static int get_open(struct p9_server *server, struct p9_in *in, struct fid **fid)
{
    *fid = p9_get_fid(server, in);
    if (*fid == NULL || !(*fid)->is_open)
        return EBADF;
    return (*fid)->fd < 0 ? ESTALE : 0;
}

/* How much data the answer has room for. */
static size_t data_room(const struct p9_out *out)
{
    return out->room > P9_DATA_AT ? out->room - P9_DATA_AT : 0;
}

int p9_read(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid;
    int error = get_open(server, in, &fid);
    uint64_t offset = p9_get(in, 8), count = p9_get(in, 4);
    if (in->bad || error != 0)
        return in->bad ? EPROTO : error;
    if (count > data_room(out))
        count = data_room(out);
    ssize_t got = pread(fid->fd, out->bytes + P9_DATA_AT, (size_t)count, (off_t)offset);
    if (got < 0)
        return errno;
    p9_put(out, 4, (uint64_t)got);
    out->used += (size_t)got;
    return 0;
}

int p9_write(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid;
    int error = get_open(server, in, &fid);
    uint64_t offset = p9_get(in, 8);
    size_t count = (size_t)p9_get(in, 4);
    const uint8_t *data = p9_get_bytes(in, count);
    if (in->bad || error != 0)
        return in->bad ? EPROTO : error;
    ssize_t put = pwrite(fid->fd, data, count, (off_t)offset);
    if (put < 0)
        return errno;
    p9_put(out, 4, (uint64_t)put);
    return 0;
}

int p9_fsync(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid;
    int error = get_open(server, in, &fid);
    bool data_alone = p9_get(in, 4) != 0;
    (void)out;
    if (in->bad || error != 0)
        return in->bad ? EPROTO : error;
    return (data_alone ? fdatasync(fid->fd) : fsync(fid->fd)) == 0 ? 0 : errno;
}

/* Folders. */

/* As getdents64 has them. */
#define HOST_INODE 0
#define HOST_NEXT 8
#define HOST_LENGTH 16
#define HOST_KIND 18
#define HOST_NAME 19
#define ENTRY_BYTES (P9_QID_BYTES + 8 + 1 + 2)

static uint64_t host_word(const uint8_t *entry)
{
    uint64_t word;
    memcpy(&word, entry, sizeof word);
    return word;
}

/* What is above the folder is nobody's business: ".." of the root is the root. */
static void fill_qid(const struct fid *fid, const uint8_t *entry, struct stat *info)
{
    const char *name = (const char *)entry + HOST_NAME;
    bool is_root = node_parent(fid->node) == NULL && strcmp(name, "..") == 0;
    uint64_t device, inode;
    node_identity(fid->node, &device, &inode);
    *info = (struct stat){
        .st_dev = (dev_t)device,
        .st_ino = (ino_t)(is_root ? inode : host_word(entry + HOST_INODE)),
        .st_mode = (mode_t)entry[HOST_KIND] << 12, /* DT_* are S_IF* */
    };
}

/* False: there is no room. */
static bool put_entry(struct p9_server *server, struct p9_out *out, size_t end, const struct fid *fid,
                      const uint8_t *entry)
{
    struct stat info;
    const char *name = (const char *)entry + HOST_NAME;
    size_t length = strlen(name);
    if (ENTRY_BYTES + length > end - out->used)
        return false;
    fill_qid(fid, entry, &info);
    p9_put_qid(server, out, &info);
    p9_put(out, 8, host_word(entry + HOST_NEXT));
    p9_put(out, 1, entry[HOST_KIND]);
    p9_put_string(out, name, length);
    return true;
}

/* The guest asks again from behind the last entry that had room. */
static void put_entries(struct p9_server *server, struct p9_out *out, size_t end, const struct fid *fid, size_t count)
{
    for (size_t at = 0; at < count;) {
        const uint8_t *entry = server->listing + at;
        uint16_t length;
        memcpy(&length, entry + HOST_LENGTH, sizeof length);
        if (!put_entry(server, out, end, fid, entry))
            return;
        at += length;
    }
}

int p9_readdir(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid;
    int error = get_open(server, in, &fid);
    uint64_t offset = p9_get(in, 8), count = p9_get(in, 4);
    if (in->bad || error != 0)
        return in->bad ? EPROTO : error;
    if (node_kind(fid->node) != S_IFDIR)
        return ENOTDIR;
    if (count > data_room(out))
        count = data_room(out);
    if (lseek(fid->fd, (off_t)offset, SEEK_SET) < 0)
        return errno;
    long got = syscall(SYS_getdents64, fid->fd, server->listing,
                       count < P9_LISTING_BYTES ? align_up(count, 8) : P9_LISTING_BYTES);
    if (got < 0)
        return errno;
    size_t count_at = out->used;
    p9_put(out, 4, 0);
    put_entries(server, out, out->used + (size_t)count, fid, (size_t)got);
    if (got > 0 && out->used == P9_DATA_AT)
        return EINVAL; /* not even one has room */
    little_put(out->bytes + count_at, 4, out->used - P9_DATA_AT);
    return 0;
}
