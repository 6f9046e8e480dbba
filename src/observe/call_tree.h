/* SPDX-License-Identifier: MIT */
/* Stacks of calls and how often each was seen, as a tree from the outermost frame inwards. Owns its nodes. */
#ifndef MICROVM_OBSERVE_CALL_TREE_H
#define MICROVM_OBSERVE_CALL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More different stacks than anybody looks at: what is called beyond counts for its caller. */
#define CALL_TREE_NODES_MAX ((size_t)1 << 20)

struct call_node {
    uint64_t key; /* of its frame: whatever the caller tells frames apart by */
    uint64_t count;
    uint32_t parent; /* index; of an outermost frame its own */
    uint32_t next;   /* in its bucket, plus one */
};

/* All zeros: an empty one. */
struct call_tree {
    struct call_node *nodes;
    size_t count, room;
    uint32_t *buckets; /* index plus one; 0: none */
};

/* Adds to the stack of the keys, the outermost first; depth is 1 at least. False: out of memory. */
bool call_tree_add(struct call_tree *tree, const uint64_t *keys, size_t depth, uint64_t count);

/* The keys of a node's stack, the outermost first; at most max of them, the innermost. Returns how many. */
size_t call_tree_stack(const struct call_tree *tree, size_t node, uint64_t *keys, size_t max);

void call_tree_destroy(struct call_tree *tree);

#endif
