/* SPDX-License-Identifier: MIT */
/* Tables of numbers as pages: the parts of docs/snapshot-format.md that are made from the tables of state. */
#ifndef MICROVM_SNAPSHOT_REFERENCE_H
#define MICROVM_SNAPSHOT_REFERENCE_H

#include "bus/state.h"

struct reference_out {
    void *owner;
    void (*write)(void *owner, const char *text, size_t count);
};

/* The header, rows and trailer of the file. */
void reference_layout(const struct reference_out *out);

/* The parts' contents; those that have the same table are told of once. Parts without state are left out. */
void reference_parts(const struct reference_out *out, const struct state_part *parts, unsigned count);

#endif
