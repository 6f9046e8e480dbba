/* SPDX-License-Identifier: MIT */
/* The guest's fids as bytes: the agreed length of messages (4 bytes); for each fid: its number, whether it is open (1 byte), the
 * flags, the kind of file, file system and number of it (8 bytes each), and its path below the folder behind its length (2 bytes);
 * numbers have 4 bytes unless said. Length GONE: it has no path any more. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/little_endian.h"
#include "share/p9_impl.h"

#define HEAD_BYTES 4u
#define FID_BYTES (4u + 1u + 4u + 4u + 8u + 8u + 2u)
#define PATH_BYTES 60000u
#define GONE 0xffffu

struct record {
    uint32_t number, flags, kind;
    bool is_open;
    uint64_t device, inode;
    bool gone;
    size_t path_bytes;
    const char *path; /* no zero at its end */
};

struct writer {
    uint8_t *bytes;
    size_t count, room;
    bool failed;
};

/* Room for the longest record behind what is there. */
static bool make_room(struct writer *w)
{
    if (w->failed || w->room - w->count >= FID_BYTES + PATH_BYTES)
        return !w->failed;
    size_t room = 2 * w->room + 2 * (FID_BYTES + PATH_BYTES);
    uint8_t *bytes = realloc(w->bytes, room);
    w->failed = bytes == NULL;
    if (w->failed)
        return false;
    w->bytes = bytes;
    w->room = room;
    return true;
}

static void save_fid(void *owner, struct fid *fid)
{
    struct writer *w = owner;
    uint64_t device, inode;
    if (!make_room(w))
        return;
    struct p9_out out = {w->bytes, w->count, w->room, false};
    node_identity(fid->node, &device, &inode);
    p9_put(&out, 4, fid->number);
    p9_put(&out, 1, fid->is_open);
    p9_put(&out, 4, fid->flags);
    p9_put(&out, 4, node_kind(fid->node));
    p9_put(&out, 8, device);
    p9_put(&out, 8, inode);
    int length = node_path(fid->node, (char *)w->bytes + out.used + 2, PATH_BYTES);
    p9_put(&out, 2, length < 0 ? GONE : (unsigned)length);
    w->count = out.used + (length < 0 ? 0 : (size_t)length);
}

bool p9_server_save(struct p9_server *server, uint8_t **bytes, size_t *count)
{
    struct writer w = {NULL, 0, 0, false};
    *bytes = NULL;
    *count = 0;
    if (server->message_bytes == 0)
        return true;
    if (!make_room(&w))
        return false;
    little_put(w.bytes, 4, server->message_bytes);
    w.count = HEAD_BYTES;
    fid_each(server->fids, save_fid, &w);
    if (w.failed) {
        free(w.bytes);
        return false;
    }
    *bytes = w.bytes;
    *count = w.count;
    return true;
}

static bool read_record(struct p9_in *in, struct record *r)
{
    *r = (struct record){.number = (uint32_t)p9_get(in, 4)};
    uint8_t is_open = (uint8_t)p9_get(in, 1);
    r->is_open = is_open != 0;
    r->flags = (uint32_t)p9_get(in, 4);
    r->kind = (uint32_t)p9_get(in, 4);
    r->device = p9_get(in, 8);
    r->inode = p9_get(in, 8);
    r->path_bytes = (size_t)p9_get(in, 2);
    r->gone = r->path_bytes == GONE;
    if (r->gone)
        r->path_bytes = 0;
    r->path = (const char *)p9_get_bytes(in, r->path_bytes);
    return !in->bad && is_open <= 1 && r->number != FID_NONE && r->path_bytes <= PATH_BYTES &&
           (r->kind & ~(uint32_t)S_IFMT) == 0 && memchr(r->path, '\0', r->path_bytes) == NULL;
}

bool p9_server_check(const uint8_t *bytes, size_t count, struct error *err)
{
    struct p9_in in = {bytes, count, false};
    struct record r;
    unsigned fids = 0;
    if (count == 0)
        return true;
    p9_get(&in, HEAD_BYTES);
    while (in.left != 0 && !in.bad)
        if (!read_record(&in, &r) || ++fids > FID_LIMIT)
            return error_set(err, "saved state: no file of a share at byte %zu", count - in.left);
    return !in.bad || error_set(err, "saved state: a share's files are cut short");
}

/* Loading. */

/* The name that begins at *at, which goes on behind it. */
static bool take_name(const struct record *r, size_t *at, char name[P9_NAME_SIZE])
{
    const char *from = r->path + *at, *slash = memchr(from, '/', r->path_bytes - *at);
    size_t length = slash != NULL ? (size_t)(slash - from) : r->path_bytes - *at;
    if (length >= P9_NAME_SIZE)
        return false;
    memcpy(name, from, length);
    name[length] = '\0';
    *at += length + (slash != NULL);
    return node_name_is_legal(name);
}

/* Held; NULL: nothing of that kind is there any more. */
static struct node *find_node(struct p9_server *server, const struct record *r)
{
    char name[P9_NAME_SIZE];
    struct stat info;
    struct node *node = node_hold(node_root(server->nodes)), *next;
    size_t at = 0;
    while (!r->gone && at < r->path_bytes) {
        if (!take_name(r, &at, name) || node_walk(server->nodes, node, name, &next, &info) != 0)
            break;
        node_release(server->nodes, node);
        node = next;
    }
    if (!r->gone && at >= r->path_bytes && node_kind(node) == r->kind)
        return node;
    node_release(server->nodes, node);
    return NULL;
}

/* Another process opened it before; what it would do to the file at once was done then. */
static void reopen(struct p9_server *server, struct fid *fid, const struct record *r)
{
    fid->is_open = r->is_open;
    fid->flags = r->flags & ~(uint32_t)P9_OPEN_TRUNCATE;
    if (r->is_open)
        p9_open_fid(server, fid, fid->flags);
}

static bool load_fid(struct p9_server *server, const struct record *r)
{
    struct node *node = find_node(server, r);
    bool found = node != NULL;
    if (!found)
        node = node_stale(server->nodes, (mode_t)r->kind);
    if (node == NULL || fid_add(server->fids, r->number, node) != 0)
        return false;
    struct fid *fid = fid_find(server->fids, r->number);
    fid->is_open = r->is_open;
    if (found)
        reopen(server, fid, r);
    return true;
}

static bool is_as_saved(const struct fid *fid, const struct record *r)
{
    uint64_t device, inode;
    node_identity(fid->node, &device, &inode);
    return fid->is_open == r->is_open && fid->flags == r->flags && device == r->device && inode == r->inode &&
           node_kind(fid->node) == r->kind;
}

/* Whether the fids are what was saved, which is so where the same process is given it again. */
static bool is_unchanged(struct p9_server *server, struct p9_in in)
{
    struct record r;
    unsigned count = 0;
    for (; in.left != 0; count++) {
        if (!read_record(&in, &r))
            return false;
        const struct fid *fid = fid_find(server->fids, r.number);
        if (fid == NULL || !is_as_saved(fid, &r))
            return false;
    }
    return count == fid_count(server->fids);
}

bool p9_server_load(struct p9_server *server, const uint8_t *bytes, size_t count)
{
    struct p9_in in = {bytes, count, false};
    struct record r;
    if (!p9_server_check(bytes, count, NULL))
        return false;
    if (count == 0) {
        server->message_bytes = 0;
        fid_remove_all(server->fids);
        return true;
    }
    server->message_bytes = (uint32_t)p9_get(&in, HEAD_BYTES);
    if (is_unchanged(server, in))
        return true;
    fid_remove_all(server->fids);
    while (in.left != 0)
        if (!read_record(&in, &r) || !load_fid(server, &r))
            return false;
    return true;
}
