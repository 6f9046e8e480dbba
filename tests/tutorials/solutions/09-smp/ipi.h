/* SPDX-License-Identifier: MIT */
/* Interrupts from one hart to another. */
#ifndef IPI_H
#define IPI_H

void ipi_init(void);
void ipi_interrupt(void);

/* Writes to hart id, which may be asleep. */
void ipi_send(unsigned id);

/* Asks all other harts to stop, and waits until they have. */
void ipi_stop_others(void);

/* Sleeps until another hart has written, and returns its number. */
unsigned ipi_wait(void);

#endif
