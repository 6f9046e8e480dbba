/* SPDX-License-Identifier: MIT */
/* The numbers by which a guest names files (fids), what each stands for, and the files that it has open. */
#ifndef MICROVM_SHARE_FID_H
#define MICROVM_SHARE_FID_H

#include "share/node.h"

/* A guest that caches folders keeps one for each name that it remembers. */
#define FID_LIMIT (1u << 18)
#define FID_NONE UINT32_MAX

struct fid {
    uint32_t number;
    struct node *node;
    bool is_open;
    int fd;         /* of an open one; -1: it is stale */
    uint32_t flags; /* it was opened with: 9P's */
    struct fid *next;
};

struct fid_table;

/* open_limit: files that may be open. NULL: out of memory. */
struct fid_table *fid_table_create(struct node_tree *nodes, unsigned open_limit);
void fid_table_destroy(struct fid_table *table);

struct fid *fid_find(struct fid_table *table, uint32_t number);

/* A new one for a node, which it takes over even if it fails: EBADF, the number is in use; ENFILE, ENOMEM. */
int fid_add(struct fid_table *table, uint32_t number, struct node *node);

/* Makes it stand for another node, which is taken over. */
void fid_move(struct fid_table *table, struct fid *fid, struct node *node);

/* It has a file open now: fd is taken over. EMFILE: too many have, and fd is closed. */
int fid_open(struct fid_table *table, struct fid *fid, int fd, uint32_t flags);

void fid_remove(struct fid_table *table, struct fid *fid);
void fid_remove_all(struct fid_table *table);

unsigned fid_count(const struct fid_table *table);
void fid_each(struct fid_table *table, void (*visit)(void *owner, struct fid *fid), void *owner);

#endif
