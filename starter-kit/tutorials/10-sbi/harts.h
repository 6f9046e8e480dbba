/* SPDX-License-Identifier: MIT */
/* The other harts: stopped until somebody starts them. */
#ifndef HARTS_H
#define HARTS_H

#include <stdint.h>

/* Has hart id say hello and stop again; returns when it has. */
void hart_visit(uint64_t id);

#endif
