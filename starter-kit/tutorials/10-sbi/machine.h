/* SPDX-License-Identifier: MIT */
/* What this machine has, as far as the kernel wants to know. All of it comes from the device tree. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#define MAX_HARTS 64

struct machine {
    uint64_t memory_start, memory_size;
    uint64_t uart;                 /* the serial port's address, or 0 */
    uint64_t timebase;             /* how often time counts in a second */
    unsigned hart_count;
    uint64_t harts[MAX_HARTS];     /* their numbers, which may have gaps */
};

extern struct machine machine;

/* Returns 0 if there is no device tree. */
int machine_init(const void *fdt);

#endif
