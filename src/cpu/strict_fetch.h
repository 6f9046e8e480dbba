/* SPDX-License-Identifier: MIT */
/* Strict mode's instruction fetch: pages of code as each hart has fetched them. */
#ifndef MICROVM_CPU_STRICT_FETCH_H
#define MICROVM_CPU_STRICT_FETCH_H

#include <stdbool.h>

struct strict_system;

bool strict_fetch_create(struct strict_system *system);
void strict_fetch_destroy(struct strict_system *system);

/* All harts see RAM, as behind a fence.i of each. */
void strict_fetch_forget(struct strict_system *system);

#endif
