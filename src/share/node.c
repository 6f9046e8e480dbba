/* SPDX-License-Identifier: MIT */
#include "share/node.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BUCKETS (1u << 16)
/* Descriptors that one message needs stay open. */
#define LEAST_LISTED 16u

struct node {
    struct node *parent; /* NULL: the root, or gone from its place */
    char *name;
    uint64_t device, inode;
    mode_t kind;
    bool gone;
    int fd;                       /* -1: closed */
    unsigned holders;             /* fids and nodes below */
    struct node *next_in_bucket;  /* of those that have a place */
    struct node *newer, *older;   /* of those that are open and have a place */
    struct node *after, **before; /* of all */
};

struct node_tree {
    struct node *root;
    struct node *all;
    struct node *newest, *oldest;
    unsigned open, listed, limit;
    int links; /* /proc/self/fd */
    struct node *buckets[BUCKETS];
};

bool node_name_is_legal(const char *name)
{
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strchr(name, '/') == NULL;
}

/* The table of names. */

static struct node **bucket_of(struct node_tree *tree, const struct node *parent, const char *name)
{
    uint64_t hash = (uint64_t)(uintptr_t)parent >> 4;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return &tree->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static struct node *find(struct node_tree *tree, const struct node *parent, const char *name)
{
    struct node *node = *bucket_of(tree, parent, name);
    while (node != NULL && (node->parent != parent || strcmp(node->name, name) != 0))
        node = node->next_in_bucket;
    return node;
}

static void put_into_table(struct node_tree *tree, struct node *node)
{
    struct node **bucket = bucket_of(tree, node->parent, node->name);
    node->next_in_bucket = *bucket;
    *bucket = node;
}

static void take_out_of_table(struct node_tree *tree, struct node *node)
{
    struct node **at = bucket_of(tree, node->parent, node->name);
    while (*at != node)
        at = &(*at)->next_in_bucket;
    *at = node->next_in_bucket;
}

/* Open descriptors, in the order of their use: of all nodes that could be opened again, having a parent. */

static void unlist(struct node_tree *tree, struct node *node)
{
    *(node->newer != NULL ? &node->newer->older : &tree->newest) = node->older;
    *(node->older != NULL ? &node->older->newer : &tree->oldest) = node->newer;
    node->newer = node->older = NULL;
    tree->listed--;
}

static void list(struct node_tree *tree, struct node *node)
{
    node->newer = NULL;
    node->older = tree->newest;
    *(tree->newest != NULL ? &tree->newest->newer : &tree->oldest) = node;
    tree->newest = node;
    tree->listed++;
}

static void note_use(struct node_tree *tree, struct node *node)
{
    if (node->parent == NULL || tree->newest == node)
        return;
    unlist(tree, node);
    list(tree, node);
}

static void close_node(struct node_tree *tree, struct node *node)
{
    if (node->fd < 0)
        return;
    if (node->parent != NULL)
        unlist(tree, node);
    close(node->fd);
    node->fd = -1;
    tree->open--;
}

static void adopt(struct node_tree *tree, struct node *node, int fd)
{
    if (tree->open >= tree->limit && tree->listed > LEAST_LISTED)
        close_node(tree, tree->oldest);
    node->fd = fd;
    if (node->parent != NULL)
        list(tree, node);
    tree->open++;
}

/* A node's life. */

static struct node *new_node(struct node_tree *tree, struct node *parent, const char *name, const struct stat *info)
{
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return NULL;
    node->name = strdup(name);
    if (node->name == NULL) {
        free(node);
        return NULL;
    }
    node->parent = node_hold(parent);
    node->device = (uint64_t)info->st_dev;
    node->inode = (uint64_t)info->st_ino;
    node->kind = info->st_mode & S_IFMT;
    node->fd = -1;
    node->holders = 1;
    node->after = tree->all;
    node->before = &tree->all;
    if (tree->all != NULL)
        tree->all->before = &node->after;
    tree->all = node;
    return node;
}

static void free_node(struct node_tree *tree, struct node *node)
{
    close_node(tree, node);
    *node->before = node->after;
    if (node->after != NULL)
        node->after->before = node->before;
    free(node->name);
    free(node);
}

struct node *node_hold(struct node *node)
{
    if (node != NULL)
        node->holders++;
    return node;
}

void node_release(struct node_tree *tree, struct node *node)
{
    while (node != NULL && --node->holders == 0) {
        struct node *parent = node->parent;
        if (parent != NULL)
            take_out_of_table(tree, node);
        free_node(tree, node);
        node = parent;
    }
}

struct node *node_note(struct node_tree *tree, struct node *parent, const char *name, const struct stat *info)
{
    struct node *known = find(tree, parent, name);
    if (known != NULL && node_is(known, info))
        return node_hold(known);
    node_removed(tree, parent, name);
    struct node *node = new_node(tree, parent, name, info);
    if (node != NULL)
        put_into_table(tree, node);
    return node;
}

struct node *node_stale(struct node_tree *tree, mode_t kind)
{
    struct stat info = {.st_mode = kind};
    struct node *node = new_node(tree, NULL, "", &info);
    if (node != NULL)
        node->gone = true;
    return node;
}

struct node_tree *node_tree_create(int root, unsigned limit)
{
    struct node_tree *tree = calloc(1, sizeof *tree);
    struct stat info;
    if (tree == NULL)
        return NULL;
    tree->limit = limit;
    tree->links = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (tree->links >= 0 && fstat(root, &info) == 0)
        tree->root = new_node(tree, NULL, "", &info);
    if (tree->root == NULL) {
        node_tree_destroy(tree);
        return NULL;
    }
    adopt(tree, tree->root, root);
    return tree;
}

void node_tree_destroy(struct node_tree *tree)
{
    if (tree == NULL)
        return;
    while (tree->all != NULL)
        free_node(tree, tree->all);
    if (tree->links >= 0)
        close(tree->links);
    free(tree);
}

struct node *node_root(struct node_tree *tree)
{
    return tree->root;
}

/* Finding. */

static int open_child(int parent, const char *name)
{
    struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    long fd = syscall(SYS_openat2, parent, name, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
}

static bool is_too_deep(const struct node *node)
{
    unsigned depth = 0;
    while (node != NULL && depth <= NODE_DEPTH_LIMIT) {
        node = node->parent;
        depth++;
    }
    return depth > NODE_DEPTH_LIMIT;
}

static int reopen(struct node_tree *tree, struct node *node)
{
    struct stat info;
    if (node->parent == NULL || is_too_deep(node->parent))
        return -ESTALE;
    int parent = node_fd(tree, node->parent);
    int fd = parent < 0 ? parent : open_child(parent, node->name);
    if (fd < 0)
        return fd == -ENOENT ? -ESTALE : fd;
    if (fstat(fd, &info) != 0 || !node_is(node, &info)) {
        close(fd);
        return -ESTALE;
    }
    adopt(tree, node, fd);
    return fd;
}

int node_fd(struct node_tree *tree, struct node *node)
{
    if (node->fd < 0)
        return reopen(tree, node);
    note_use(tree, node);
    return node->fd;
}

/* Of a folder that other processes have moved the parent is the one by whose name it was found. */
static int walk_up(struct node_tree *tree, struct node *child, struct node **node, struct stat *info)
{
    struct node *up = child->parent != NULL ? child->parent : child;
    if (child->gone)
        return ESTALE;
    if (child->kind != S_IFDIR)
        return ENOTDIR;
    int fd = node_fd(tree, up);
    if (fd < 0 || fstat(fd, info) != 0)
        return fd < 0 ? -fd : errno;
    *node = node_hold(up);
    return 0;
}

/* What is known there, and still the same, needs no new descriptor. */
static struct node *known_child(struct node_tree *tree, struct node *parent, int fd, const char *name,
                                struct stat *info)
{
    struct node *known = find(tree, parent, name);
    if (known == NULL || known->fd < 0 || fstatat(fd, name, info, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        return NULL;
    if (!node_is(known, info))
        return NULL;
    note_use(tree, known);
    return node_hold(known);
}

static int walk_down(struct node_tree *tree, struct node *parent, const char *name, struct node **node,
                     struct stat *info)
{
    int at = node_fd(tree, parent);
    if (at < 0)
        return -at;
    if (parent->kind != S_IFDIR)
        return ENOTDIR;
    *node = known_child(tree, parent, at, name, info);
    if (*node != NULL)
        return 0;
    int fd = open_child(at, name);
    if (fd < 0)
        return -fd;
    *node = fstat(fd, info) == 0 ? node_note(tree, parent, name, info) : NULL;
    if (*node != NULL && (*node)->fd < 0) {
        adopt(tree, *node, fd);
        return 0;
    }
    close(fd);
    return *node != NULL ? 0 : ENOMEM;
}

int node_walk(struct node_tree *tree, struct node *parent, const char *name, struct node **node, struct stat *info)
{
    if (strcmp(name, "..") == 0)
        return walk_up(tree, parent, node, info);
    if (!node_name_is_legal(name))
        return EINVAL;
    return is_too_deep(parent) ? ENAMETOOLONG : walk_down(tree, parent, name, node, info);
}

int node_tree_links(const struct node_tree *tree)
{
    return tree->links;
}

int node_link(struct node_tree *tree, struct node *node, char link[NODE_LINK_SIZE])
{
    int fd = node_fd(tree, node);
    if (fd < 0)
        return -fd;
    snprintf(link, NODE_LINK_SIZE, "%d", fd);
    return 0;
}

/* The descriptor fixes which file it is, so that its kind cannot change between the look and the opening. */
int node_open(struct node_tree *tree, struct node *node, int flags)
{
    char link[NODE_LINK_SIZE];
    if (node->kind == S_IFLNK)
        return -ELOOP;
    if (node->kind != S_IFREG && node->kind != S_IFDIR)
        return -EACCES;
    int error = node_link(tree, node, link);
    if (error != 0)
        return -error;
    int fd = openat(tree->links, link, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd < 0 ? -errno : fd;
}

/* What it is. */

mode_t node_kind(const struct node *node)
{
    return node->kind;
}

struct node *node_parent(const struct node *node)
{
    return node->parent;
}

const char *node_name(const struct node *node)
{
    return node->name;
}

bool node_is(const struct node *node, const struct stat *info)
{
    return node->device == (uint64_t)info->st_dev && node->inode == (uint64_t)info->st_ino &&
           node->kind == (info->st_mode & S_IFMT);
}

void node_identity(const struct node *node, uint64_t *device, uint64_t *inode)
{
    *device = node->device;
    *inode = node->inode;
}

/* Changes of names. */

void node_prepare_removal(struct node_tree *tree, struct node *parent, const char *name)
{
    struct node *node = find(tree, parent, name);
    if (node != NULL)
        node_fd(tree, node);
}

void node_removed(struct node_tree *tree, struct node *parent, const char *name)
{
    struct node *node = find(tree, parent, name);
    if (node == NULL)
        return;
    take_out_of_table(tree, node);
    if (node->fd >= 0)
        unlist(tree, node);
    node->parent = NULL;
    node->gone = true;
    node_release(tree, parent);
}

void node_renamed(struct node_tree *tree, struct node *parent, const char *name, struct node *to, const char *new_name)
{
    struct node *node = find(tree, parent, name);
    if (parent == to && strcmp(name, new_name) == 0)
        return;
    node_removed(tree, to, new_name);
    if (node == NULL)
        return;
    char *copy = strdup(new_name);
    if (copy == NULL) {
        node_removed(tree, parent, name);
        return;
    }
    take_out_of_table(tree, node);
    free(node->name);
    node->name = copy;
    node->parent = node_hold(to);
    put_into_table(tree, node);
    node_release(tree, parent);
}

int node_path(const struct node *node, char *path, size_t size)
{
    size_t at = size;
    if (node->gone)
        return -1;
    for (; node->parent != NULL; node = node->parent) {
        size_t length = strlen(node->name), separator = at != size;
        if (length + separator > at || node->parent->gone)
            return -1;
        if (separator)
            path[--at] = '/';
        at -= length;
        memcpy(path + at, node->name, length);
    }
    memmove(path, path + at, size - at);
    return (int)(size - at);
}
