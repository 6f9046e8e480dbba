/* SPDX-License-Identifier: MIT */
#include "share/fid.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BUCKETS (1u << 14)

struct fid_table {
    struct node_tree *nodes;
    unsigned count, open, open_limit;
    struct fid *buckets[BUCKETS];
};

struct fid_table *fid_table_create(struct node_tree *nodes, unsigned open_limit)
{
    struct fid_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->nodes = nodes;
    table->open_limit = open_limit;
    return table;
}

void fid_table_destroy(struct fid_table *table)
{
    if (table == NULL)
        return;
    fid_remove_all(table);
    free(table);
}

static struct fid **place_of(struct fid_table *table, uint32_t number)
{
    struct fid **at = &table->buckets[number % BUCKETS];
    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

struct fid *fid_find(struct fid_table *table, uint32_t number)
{
    return *place_of(table, number);
}

static int add(struct fid_table *table, uint32_t number, struct node *node)
{
    struct fid **at = place_of(table, number);
    if (*at != NULL || number == FID_NONE)
        return EBADF;
    if (table->count == FID_LIMIT)
        return ENFILE;
    *at = calloc(1, sizeof **at);
    if (*at == NULL)
        return ENOMEM;
    **at = (struct fid){.number = number, .node = node, .fd = -1};
    table->count++;
    return 0;
}

int fid_add(struct fid_table *table, uint32_t number, struct node *node)
{
    int error = add(table, number, node);
    if (error != 0)
        node_release(table->nodes, node);
    return error;
}

void fid_move(struct fid_table *table, struct fid *fid, struct node *node)
{
    node_release(table->nodes, fid->node);
    fid->node = node;
}

static void close_file(struct fid_table *table, struct fid *fid)
{
    if (fid->fd < 0)
        return;
    close(fid->fd);
    fid->fd = -1;
    table->open--;
}

int fid_open(struct fid_table *table, struct fid *fid, int fd, uint32_t flags)
{
    if (table->open >= table->open_limit) {
        close(fd);
        return EMFILE;
    }
    table->open++;
    fid->is_open = true;
    fid->fd = fd;
    fid->flags = flags;
    return 0;
}

static void free_at(struct fid_table *table, struct fid **at)
{
    struct fid *fid = *at;
    *at = fid->next;
    close_file(table, fid);
    node_release(table->nodes, fid->node);
    free(fid);
    table->count--;
}

void fid_remove(struct fid_table *table, struct fid *fid)
{
    free_at(table, place_of(table, fid->number));
}

void fid_remove_all(struct fid_table *table)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        while (table->buckets[i] != NULL)
            free_at(table, &table->buckets[i]);
}

unsigned fid_count(const struct fid_table *table)
{
    return table->count;
}

void fid_each(struct fid_table *table, void (*visit)(void *owner, struct fid *fid), void *owner)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct fid *fid = table->buckets[i], *next; fid != NULL; fid = next) {
            next = fid->next;
            visit(owner, fid);
        }
}
