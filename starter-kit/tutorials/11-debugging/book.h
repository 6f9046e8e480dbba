/* SPDX-License-Identifier: MIT */
/* The guest book: who was here, how often, and for how long their names have been in it. */
#ifndef BOOK_H
#define BOOK_H

void book_add(const char *name);
void book_visit(const char *name);

/* One line each tick, so that they can be read. */
void book_print(void);

/* The timer's handler calls it: all names have been there for another tick. */
void book_tick(void);

#endif
