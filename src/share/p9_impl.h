/* SPDX-License-Identifier: MIT */
/* What the parts of the 9P server share; for src/share/p9_*.c alone. */
#ifndef MICROVM_SHARE_P9_IMPL_H
#define MICROVM_SHARE_P9_IMPL_H

#include "share/fid.h"
#include "share/p9_server.h"
#include "share/p9_wire.h"

/* File systems that are told apart in a qid. */
#define P9_DEVICES 16u

struct p9_server {
    bool writable;
    uint32_t message_bytes; /* agreed with the guest; 0: nothing is */
    struct node_tree *nodes;
    struct fid_table *fids;
    uint64_t devices[P9_DEVICES];
    unsigned device_count;
    uint8_t *listing; /* P9_LISTING_BYTES for the host's form of a folder's names */
};

#define P9_LISTING_BYTES (64u << 10)

/* Flags of Tlopen and Tlcreate: Linux's numbers on most machines, but not on all. */
enum {
    P9_OPEN_ACCESS = 3,
    P9_OPEN_READ = 0,
    P9_OPEN_WRITE = 1,
    P9_OPEN_READ_WRITE = 2,
    P9_OPEN_EXCLUSIVE = 0200,
    P9_OPEN_TRUNCATE = 01000,
    P9_OPEN_APPEND = 02000,
    P9_OPEN_DSYNC = 010000,
    P9_OPEN_SYNC = 04000000,
};

/* The host's flags. */
int p9_open_flags(uint32_t flags);

/* Opens the fid's file as Tlopen asks. errno, or 0. */
int p9_open_fid(struct p9_server *server, struct fid *fid, uint32_t flags);

void p9_put_qid(struct p9_server *server, struct p9_out *out, const struct stat *info);

/* A name for something in a folder. errno, or 0. */
int p9_get_name(struct p9_in *in, char name[P9_NAME_SIZE]);

/* The fid that comes next in the message, or NULL. */
struct fid *p9_get_fid(struct p9_server *server, struct p9_in *in);

/* The same, of a folder; its descriptor. Negative: -errno. */
int p9_get_folder(struct p9_server *server, struct p9_in *in, struct fid **fid);

/* One for each message: errno, or 0. What is in `in` is read to its end before anything is done. */
#define MESSAGE(name, number, changes) int p9_##name(struct p9_server *server, struct p9_in *in, struct p9_out *out);
#include "share/p9_message.def"
#undef MESSAGE

#endif
