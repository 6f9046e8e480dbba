/* SPDX-License-Identifier: MIT */
/* The server's life, and the dispatch of messages. */
#include "share/p9_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "share/p9_impl.h"

#define VERSION "9P2000.L"

struct message {
    int (*answer)(struct p9_server *server, struct p9_in *in, struct p9_out *out);
    bool changes;
};

static const struct message messages[] = {
#define MESSAGE(name, number, changes) [number] = {p9_##name, changes},
#include "share/p9_message.def"
#undef MESSAGE
};

struct p9_server *p9_server_create(int root, const struct p9_limits *limits)
{
    struct p9_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    server->writable = limits->writable;
    server->listing = malloc(P9_LISTING_BYTES);
    server->nodes = node_tree_create(root, limits->files / 2);
    if (server->nodes != NULL)
        server->fids = fid_table_create(server->nodes, limits->files / 2);
    if (server->listing != NULL && server->fids != NULL)
        return server;
    p9_server_destroy(server);
    return NULL;
}

void p9_server_destroy(struct p9_server *server)
{
    if (server == NULL)
        return;
    fid_table_destroy(server->fids);
    node_tree_destroy(server->nodes);
    free(server->listing);
    free(server);
}

static int answer(struct p9_server *server, uint8_t type, struct p9_in *in, struct p9_out *out)
{
    if (type >= ARRAY_SIZE(messages) || messages[type].answer == NULL)
        return EOPNOTSUPP;
    if (messages[type].changes && !server->writable)
        return EROFS;
    return messages[type].answer(server, in, out);
}

size_t p9_server_answer(struct p9_server *server, const uint8_t *message, size_t count, uint8_t *reply, size_t room)
{
    uint64_t size = little_get(message, 4);
    uint8_t type = message[4];
    uint16_t tag = (uint16_t)little_get(message + 5, 2);
    struct p9_out out = {.bytes = reply, .used = P9_HEADER_BYTES, .room = room};
    if (size < P9_HEADER_BYTES || size > count)
        return p9_put_error(reply, tag, EPROTO);
    struct p9_in in = {message + P9_HEADER_BYTES, (size_t)size - P9_HEADER_BYTES, false};
    int error = answer(server, type, &in, &out);
    if (error == 0 && (in.bad || out.full))
        error = EPROTO;
    if (error != 0)
        return p9_put_error(reply, tag, error);
    little_put(reply, 4, out.used);
    little_put(reply + 4, 1, type + 1u);
    little_put(reply + 5, 2, tag);
    return out.used;
}

/* Sessions. */

int p9_version(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char version[32];
    uint32_t bytes = (uint32_t)p9_get(in, 4);
    bool known = p9_get_string(in, version, sizeof version) && strcmp(version, VERSION) == 0;
    if (in->bad)
        return EPROTO;
    if (bytes < P9_LEAST_MESSAGE_BYTES)
        return EMSGSIZE;
    fid_remove_all(server->fids);
    server->message_bytes = bytes < P9_MESSAGE_BYTES ? bytes : P9_MESSAGE_BYTES;
    const char *reply = known ? VERSION : "unknown";
    p9_put(out, 4, server->message_bytes);
    p9_put_string(out, reply, strlen(reply));
    return 0;
}

/* Nobody has to prove who he is: a guest's users are the guest's business. */
int p9_auth(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    (void)server;
    (void)in;
    (void)out;
    return EOPNOTSUPP;
}

/* All the tree, whatever name it is asked for by. */
int p9_attach(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    char name[P9_NAME_SIZE];
    struct stat info;
    uint32_t number = (uint32_t)p9_get(in, 4), auth = (uint32_t)p9_get(in, 4);
    bool legal = p9_get_string(in, name, sizeof name) && p9_get_string(in, name, sizeof name);
    p9_get(in, 4);
    if (in->bad || !legal || auth != FID_NONE)
        return EINVAL;
    struct node *root = node_root(server->nodes);
    if (fstat(node_fd(server->nodes, root), &info) != 0)
        return errno;
    int error = fid_add(server->fids, number, node_hold(root));
    if (error == 0)
        p9_put_qid(server, out, &info);
    return error;
}

/* Messages are answered in their order, so that the one that is not wanted any more has been. */
int p9_flush(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    (void)server;
    (void)out;
    p9_get(in, 2);
    return 0;
}

int p9_clunk(struct p9_server *server, struct p9_in *in, struct p9_out *out)
{
    struct fid *fid = p9_get_fid(server, in);
    (void)out;
    if (fid == NULL)
        return EBADF;
    fid_remove(server->fids, fid);
    return 0;
}

/* What messages have in common. */

struct fid *p9_get_fid(struct p9_server *server, struct p9_in *in)
{
    uint32_t number = (uint32_t)p9_get(in, 4);
    return in->bad ? NULL : fid_find(server->fids, number);
}

int p9_get_folder(struct p9_server *server, struct p9_in *in, struct fid **fid)
{
    *fid = p9_get_fid(server, in);
    if (*fid == NULL)
        return -EBADF;
    return node_kind((*fid)->node) == S_IFDIR ? node_fd(server->nodes, (*fid)->node) : -ENOTDIR;
}

int p9_get_name(struct p9_in *in, char name[P9_NAME_SIZE])
{
    if (!p9_get_string(in, name, P9_NAME_SIZE))
        return in->bad ? EPROTO : ENAMETOOLONG;
    return node_name_is_legal(name) ? 0 : EINVAL;
}

/* Numbers of files are told apart by their file system, of which there are several below a folder of btrfs or overlayfs. */
static uint64_t device_number(struct p9_server *server, uint64_t device)
{
    unsigned n = 0;
    while (n < server->device_count && server->devices[n] != device)
        n++;
    if (n == server->device_count && n < P9_DEVICES)
        server->devices[server->device_count++] = device;
    return n < P9_DEVICES ? n : device * UINT64_C(0x9e3779b97f4a7c15) >> 48;
}

void p9_put_qid(struct p9_server *server, struct p9_out *out, const struct stat *info)
{
    static const uint8_t folder = 0x80, link = 0x02;
    uint64_t version = (uint64_t)info->st_mtim.tv_sec ^ (uint64_t)info->st_mtim.tv_nsec ^ (uint64_t)info->st_size << 8;
    p9_put(out, 1, S_ISDIR(info->st_mode) ? folder : S_ISLNK(info->st_mode) ? link : 0);
    p9_put(out, 4, version & UINT32_MAX);
    p9_put(out, 8, (uint64_t)info->st_ino ^ device_number(server, (uint64_t)info->st_dev) << 48);
}
