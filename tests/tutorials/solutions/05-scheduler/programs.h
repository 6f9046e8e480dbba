/* SPDX-License-Identifier: MIT */
/* The programs in user.c. The kernel knows their addresses, and never calls them. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

void tick(void);
void spin(void);
void step(void);
void crash(void);
void receiver(void);
void sender(void);
void urgent(void);

#endif
