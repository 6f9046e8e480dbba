/* SPDX-License-Identifier: MIT */
/* A client of the 9P server, as a hostile guest may be: puts messages together, and takes answers apart. It uses nothing of the
 * server's own reading and writing. */
#ifndef MICROVM_TESTS_UNIT_SHARE_P9_CLIENT_H
#define MICROVM_TESTS_UNIT_SHARE_P9_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/little_endian.h"
#include "share/p9_server.h"

enum {
    T_STATFS = 8,
    T_LOPEN = 12,
    T_LCREATE = 14,
    T_SYMLINK = 16,
    T_MKNOD = 18,
    T_RENAME = 20,
    T_READLINK = 22,
    T_GETATTR = 24,
    T_SETATTR = 26,
    T_XATTRWALK = 30,
    T_READDIR = 40,
    T_FSYNC = 50,
    T_LOCK = 52,
    T_GETLOCK = 54,
    T_LINK = 70,
    T_MKDIR = 72,
    T_RENAMEAT = 74,
    T_UNLINKAT = 76,
    T_VERSION = 100,
    T_ATTACH = 104,
    T_FLUSH = 108,
    T_WALK = 110,
    T_READ = 116,
    T_WRITE = 118,
    T_CLUNK = 120,
    T_REMOVE = 122,
};

#define CLIENT_BYTES (64u << 10)
#define NO_FID UINT32_MAX
#define ROOT 1u

struct client {
    struct p9_server *server;
    uint8_t message[CLIENT_BYTES], answer[CLIENT_BYTES];
    size_t used, got;
};

static inline void put(struct client *c, unsigned size, uint64_t value)
{
    little_put(c->message + c->used, size, value);
    c->used += size;
}

static inline void put_bytes(struct client *c, const void *bytes, size_t count)
{
    memcpy(c->message + c->used, bytes, count);
    c->used += count;
}

static inline void put_text(struct client *c, const char *text)
{
    put(c, 2, strlen(text));
    put_bytes(c, text, strlen(text));
}

static inline void begin(struct client *c, unsigned type)
{
    c->used = 4;
    put(c, 1, type);
    put(c, 2, 7);
}

/* errno, 0: the answer is there; -1: it is none. */
static inline int ask(struct client *c)
{
    uint8_t type = c->message[4];
    little_put(c->message, 4, c->used);
    c->got = p9_server_answer(c->server, c->message, c->used, c->answer, sizeof c->answer);
    if (c->got < 7 || little_get(c->answer, 4) != c->got || little_get(c->answer + 5, 2) != 7)
        return -1;
    if (c->answer[4] == 7 && c->got == 11)
        return (int)little_get(c->answer + 7, 4);
    return c->answer[4] == type + 1 ? 0 : -1;
}

/* A number in the answer, from its first byte behind the header on. */
static inline uint64_t answered(const struct client *c, unsigned at, unsigned size)
{
    return little_get(c->answer + 7 + at, size);
}

static inline int client_version(struct client *c, uint32_t bytes)
{
    begin(c, T_VERSION);
    put(c, 4, bytes);
    put_text(c, "9P2000.L");
    return ask(c);
}

static inline int client_attach(struct client *c, uint32_t fid)
{
    begin(c, T_ATTACH);
    put(c, 4, fid);
    put(c, 4, NO_FID);
    put_text(c, "root");
    put_text(c, "");
    put(c, 4, 0);
    return ask(c);
}

/* path: names with slashes between them; "" clones. Whether all of it was there is *whole. */
static inline int client_walk_some(struct client *c, uint32_t fid, uint32_t to, const char *path, bool *whole)
{
    unsigned count = 0;
    begin(c, T_WALK);
    put(c, 4, fid);
    put(c, 4, to);
    size_t count_at = c->used;
    put(c, 2, 0);
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        put(c, 2, length);
        put_bytes(c, path, length);
        path += length + (path[length] == '/');
        count++;
    }
    little_put(c->message + count_at, 2, count);
    int error = ask(c);
    *whole = error == 0 && answered(c, 0, 2) == count;
    return error;
}

/* ENOENT also if it ends early. */
static inline int client_walk(struct client *c, uint32_t fid, uint32_t to, const char *path)
{
    bool whole;
    int error = client_walk_some(c, fid, to, path, &whole);
    return error != 0 ? error : whole ? 0 : 2;
}

static inline int client_number(struct client *c, unsigned type, uint32_t fid)
{
    begin(c, type);
    put(c, 4, fid);
    return ask(c);
}

static inline int client_clunk(struct client *c, uint32_t fid)
{
    return client_number(c, T_CLUNK, fid);
}

static inline int client_open(struct client *c, uint32_t fid, uint32_t flags)
{
    begin(c, T_LOPEN);
    put(c, 4, fid);
    put(c, 4, flags);
    return ask(c);
}

static inline int client_create(struct client *c, uint32_t fid, const char *name, uint32_t flags, uint32_t mode)
{
    begin(c, T_LCREATE);
    put(c, 4, fid);
    put_text(c, name);
    put(c, 4, flags);
    put(c, 4, mode);
    put(c, 4, 0);
    return ask(c);
}

static inline int client_read(struct client *c, uint32_t fid, uint64_t offset, uint32_t count)
{
    begin(c, T_READ);
    put(c, 4, fid);
    put(c, 8, offset);
    put(c, 4, count);
    return ask(c);
}

static inline int client_write(struct client *c, uint32_t fid, uint64_t offset, const void *bytes, uint32_t count)
{
    begin(c, T_WRITE);
    put(c, 4, fid);
    put(c, 8, offset);
    put(c, 4, count);
    put_bytes(c, bytes, count);
    return ask(c);
}

static inline int client_mkdir(struct client *c, uint32_t fid, const char *name, uint32_t mode)
{
    begin(c, T_MKDIR);
    put(c, 4, fid);
    put_text(c, name);
    put(c, 4, mode);
    put(c, 4, 0);
    return ask(c);
}

static inline int client_mknod(struct client *c, uint32_t fid, const char *name, uint32_t mode)
{
    begin(c, T_MKNOD);
    put(c, 4, fid);
    put_text(c, name);
    put(c, 4, mode);
    put(c, 4, 1);
    put(c, 4, 3);
    put(c, 4, 0);
    return ask(c);
}

static inline int client_symlink(struct client *c, uint32_t fid, const char *name, const char *target)
{
    begin(c, T_SYMLINK);
    put(c, 4, fid);
    put_text(c, name);
    put_text(c, target);
    put(c, 4, 0);
    return ask(c);
}

static inline int client_link(struct client *c, uint32_t folder, uint32_t fid, const char *name)
{
    begin(c, T_LINK);
    put(c, 4, folder);
    put(c, 4, fid);
    put_text(c, name);
    return ask(c);
}

static inline int client_rename(struct client *c, uint32_t fid, uint32_t folder, const char *name)
{
    begin(c, T_RENAME);
    put(c, 4, fid);
    put(c, 4, folder);
    put_text(c, name);
    return ask(c);
}

static inline int client_renameat(struct client *c, uint32_t from, const char *name, uint32_t to, const char *new_name)
{
    begin(c, T_RENAMEAT);
    put(c, 4, from);
    put_text(c, name);
    put(c, 4, to);
    put_text(c, new_name);
    return ask(c);
}

static inline int client_unlinkat(struct client *c, uint32_t fid, const char *name, uint32_t flags)
{
    begin(c, T_UNLINKAT);
    put(c, 4, fid);
    put_text(c, name);
    put(c, 4, flags);
    return ask(c);
}

static inline int client_getattr(struct client *c, uint32_t fid)
{
    begin(c, T_GETATTR);
    put(c, 4, fid);
    put(c, 8, 0x7ff);
    return ask(c);
}

/* Where in the answer to getattr. */
enum { ATTR_MODE = 21, ATTR_SIZE = 49 };

static inline int client_setattr(struct client *c, uint32_t fid, uint32_t valid, uint32_t mode, uint64_t size)
{
    begin(c, T_SETATTR);
    put(c, 4, fid);
    put(c, 4, valid);
    put(c, 4, mode);
    put(c, 4, 12345);
    put(c, 4, 12345);
    put(c, 8, size);
    for (unsigned i = 0; i < 4; i++)
        put(c, 8, i % 2 == 0 ? 1000000000 : 5);
    return ask(c);
}

static inline int client_readdir(struct client *c, uint32_t fid, uint64_t offset, uint32_t count)
{
    begin(c, T_READDIR);
    put(c, 4, fid);
    put(c, 8, offset);
    put(c, 4, count);
    return ask(c);
}

#endif
