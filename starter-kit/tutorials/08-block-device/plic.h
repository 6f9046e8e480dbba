/* SPDX-License-Identifier: MIT */
/* The PLIC: it passes the devices' interrupts on to the hart. */
#ifndef PLIC_H
#define PLIC_H

void plic_init(void);
void plic_enable(unsigned source);

/* The source to be looked after now, or 0; and that this was done. */
unsigned plic_claim(void);
void plic_complete(unsigned source);

#endif
