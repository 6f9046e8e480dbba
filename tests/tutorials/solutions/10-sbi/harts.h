/* SPDX-License-Identifier: MIT */
/* The other harts: stopped until somebody starts them. */
#ifndef HARTS_H
#define HARTS_H

#include <stdint.h>

/* Has hart id say hello and stop again; returns when it has. */
void hart_visit(uint64_t id);

/* Starts all harts but this one; returns how many run, this one too, when all do. */
unsigned harts_meet(uint64_t self);

#endif
