/* SPDX-License-Identifier: MIT */
/* The files of a shared folder that the guest has at hand: each a node with its name, its parent's node, and which file it is.
 * Owns their descriptors, which are O_PATH: having one opens no file. A node is found from its parent's descriptor by
 * one name that has no slash, with openat2 told to follow no link and to leave neither the folder nor its file system; so there is
 * no way out, whatever other processes do to the folder meanwhile.
 *
 * Only so many descriptors are open; the longest unused are closed, and opened anew by name when they are needed. What is then no
 * longer the same file is stale. */
#ifndef MICROVM_SHARE_NODE_H
#define MICROVM_SHARE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Folders within folders. */
#define NODE_DEPTH_LIMIT 1024u

struct node_tree;
struct node;

/* root: of the folder, which the tree takes over. limit: descriptors that may be open. NULL: out of memory; root is left. */
struct node_tree *node_tree_create(int root, unsigned limit);
/* Nodes that are still held are freed as well. */
void node_tree_destroy(struct node_tree *tree);

struct node *node_root(struct node_tree *tree);

/* Nodes are counted; accepts NULL. */
struct node *node_hold(struct node *node);
void node_release(struct node_tree *tree, struct node *node);

/* What a name may be: no slash, not empty, neither . nor .. */
bool node_name_is_legal(const char *name);

/* The file of that name in a folder, held for the caller, and what it is. ".." is the parent of a folder, and of the root the root.
 * errno, or 0. */
int node_walk(struct node_tree *tree, struct node *parent, const char *name, struct node **node, struct stat *info);

/* A node for what was just made or opened in a folder; info says what. NULL: out of memory. */
struct node *node_note(struct node_tree *tree, struct node *parent, const char *name, const struct stat *info);

/* The descriptor (O_PATH) of a node, good until the next few calls; negative: -errno. */
int node_fd(struct node_tree *tree, struct node *node);

/* A descriptor for reading and writing, the caller's; negative: -errno. The file is a regular one or a folder, else nothing is
 * opened: EACCES, ELOOP. */
int node_open(struct node_tree *tree, struct node *node, int flags);

/* A path for calls that take one and follow links (relative to node_tree_links()): it leads to the node itself. */
#define NODE_LINK_SIZE 16
int node_link(struct node_tree *tree, struct node *node, char link[NODE_LINK_SIZE]);
int node_tree_links(const struct node_tree *tree);

/* S_IFMT's bits; the parent, NULL: of the root, or it is gone; the name there. */
mode_t node_kind(const struct node *node);
struct node *node_parent(const struct node *node);
const char *node_name(const struct node *node);

/* Whether it is this file. */
bool node_is(const struct node *node, const struct stat *info);
void node_identity(const struct node *node, uint64_t *device, uint64_t *inode);

/* The name in the folder is about to be gone: opens what is known there, as no name will lead to it afterwards. */
void node_prepare_removal(struct node_tree *tree, struct node *parent, const char *name);
/* It is gone. */
void node_removed(struct node_tree *tree, struct node *parent, const char *name);
/* What was there under the old name has the new one now. */
void node_renamed(struct node_tree *tree, struct node *parent, const char *name, struct node *to, const char *new_name);

/* The names from the root on, with slashes between them. The length, without a zero at the end; -1: it is gone, or the path does not
 * fit. */
int node_path(const struct node *node, char *path, size_t size);

/* One that is gone from the beginning: all that is done with it fails with ESTALE. NULL: out of memory. */
struct node *node_stale(struct node_tree *tree, mode_t kind);

#endif
