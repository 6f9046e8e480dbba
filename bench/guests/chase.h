/* SPDX-License-Identifier: MIT */
/* A walk along pointers: 65,536 nodes, 1 KiB apart, in one cycle through all of them in a random order. chase runs
 * it in S mode on 4 KiB pages, chase_native as a program of the host. */
#ifndef BENCH_CHASE_H
#define BENCH_CHASE_H

#include <stddef.h>
#include <stdint.h>

enum { CHASE_NODES = 65536, CHASE_STRIDE = 1024, CHASE_STEPS = 12000000, CHASE_BYTES = CHASE_NODES * CHASE_STRIDE };

struct chase_node {
    struct chase_node *next;
    uint64_t number;
    char rest[CHASE_STRIDE - 16];
};

static struct chase_node chase_nodes[CHASE_NODES] __attribute__((aligned(4096)));

/* Sattolo's shuffle: what comes out is a single cycle. */
static void chase_link(void)
{
    uint64_t seed = 1;
    for (size_t i = 0; i < CHASE_NODES; i++)
        chase_nodes[i].number = i;
    for (size_t i = CHASE_NODES - 1; i > 0; i--) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        size_t j = (seed >> 33) % i;
        uint64_t number = chase_nodes[i].number;
        chase_nodes[i].number = chase_nodes[j].number;
        chase_nodes[j].number = number;
    }
    for (size_t i = 0; i < CHASE_NODES; i++)
        chase_nodes[i].next = &chase_nodes[chase_nodes[i].number];
}

static uint64_t chase_result(void)
{
    chase_link();
    uint64_t sum = 0;
    struct chase_node *node = chase_nodes;
    for (int step = 0; step < CHASE_STEPS; step++) {
        sum = sum * 31 + node->number;
        node = node->next;
    }
    return sum;
}

#define CHASE_EXPECTED 0x38944f63ee9fe719

#endif
