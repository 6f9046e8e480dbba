/* SPDX-License-Identifier: MIT */
/* Interrupts from one hart to another. */
#ifndef IPI_H
#define IPI_H

void ipi_init(void);
void ipi_interrupt(void);

/* Writes to hart id, which may be asleep. */
void ipi_send(unsigned id);

/* Sleeps until another hart has written, and returns its number. */
unsigned ipi_wait(void);

#endif
