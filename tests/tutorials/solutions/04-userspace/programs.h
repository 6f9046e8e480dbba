/* SPDX-License-Identifier: MIT */
/* The programs in user.c. The kernel knows their addresses, and never calls them. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

void hello(void);
void snoop(void);
void crash(void);
void count(void);
void meddle(void);
void deep(void);
void deeper(void);

#endif
