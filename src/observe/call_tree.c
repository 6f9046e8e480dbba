/* SPDX-License-Identifier: MIT */
#include "observe/call_tree.h"

#include <stdlib.h>

#define BUCKETS 65536
#define NO_PARENT UINT32_MAX

static size_t bucket_of(uint32_t parent, uint64_t key)
{
    uint64_t mixed = (key ^ (uint64_t)parent << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 48) & (BUCKETS - 1);
}

static bool make_room(struct call_tree *tree)
{
    if (tree->buckets == NULL)
        tree->buckets = calloc(BUCKETS, sizeof *tree->buckets);
    if (tree->buckets == NULL)
        return false;
    if (tree->count < tree->room)
        return true;
    size_t room = tree->room == 0 ? 1024 : 2 * tree->room;
    struct call_node *nodes = realloc(tree->nodes, room * sizeof *nodes);
    if (nodes == NULL)
        return false;
    tree->nodes = nodes;
    tree->room = room;
    return true;
}

/* The index of the parent's child for the key, made if need be; parent NO_PARENT: an outermost frame. SIZE_MAX: out
 * of memory. */
static size_t child_of(struct call_tree *tree, uint32_t parent, uint64_t key)
{
    if (!make_room(tree))
        return SIZE_MAX;
    uint32_t *bucket = &tree->buckets[bucket_of(parent, key)];
    for (uint32_t at = *bucket; at != 0; at = tree->nodes[at - 1].next) {
        const struct call_node *node = &tree->nodes[at - 1];
        bool outermost = node->parent == at - 1;
        if (node->key == key && (outermost ? parent == NO_PARENT : node->parent == parent))
            return at - 1;
    }
    if (tree->count == CALL_TREE_NODES_MAX && parent != NO_PARENT)
        return parent;
    size_t index = tree->count++;
    uint32_t above = parent == NO_PARENT ? (uint32_t)index : parent;
    tree->nodes[index] = (struct call_node){.key = key, .parent = above, .next = *bucket};
    *bucket = (uint32_t)index + 1;
    return index;
}

bool call_tree_add(struct call_tree *tree, const uint64_t *keys, size_t depth, uint64_t count)
{
    uint32_t parent = NO_PARENT;
    for (size_t i = 0; i < depth; i++) {
        size_t node = child_of(tree, parent, keys[i]);
        if (node == SIZE_MAX)
            return false;
        parent = (uint32_t)node;
    }
    tree->nodes[parent].count += count;
    return true;
}

size_t call_tree_stack(const struct call_tree *tree, size_t node, uint64_t *keys, size_t max)
{
    size_t depth = 1, at = node;
    for (; tree->nodes[at].parent != at; at = tree->nodes[at].parent)
        depth++;
    depth = depth < max ? depth : max;
    at = node;
    for (size_t i = depth; i-- > 0; at = tree->nodes[at].parent)
        keys[i] = tree->nodes[at].key;
    return depth;
}

void call_tree_destroy(struct call_tree *tree)
{
    free(tree->nodes);
    free(tree->buckets);
    *tree = (struct call_tree){NULL, 0, 0, NULL};
}
