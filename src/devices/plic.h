/* SPDX-License-Identifier: MIT */
/* The platform-level interrupt controller: RISC-V PLIC specification 1.0.0 with level gateways,
 * laid out as on QEMU's virt board: contexts 2n (M mode) and 2n + 1 (S mode) of hart n. */
#ifndef MICROVM_DEVICES_PLIC_H
#define MICROVM_DEVICES_PLIC_H

#include "bus/device.h"
#include "bus/irq.h"

#define PLIC_SIZE UINT64_C(0x600000)
/* Sources 1 to PLIC_SOURCES exist: the device tree's riscv,ndev. */
#define PLIC_SOURCES 95u
#define PLIC_MAX_HARTS 64u
#define PLIC_MAX_PRIORITY 7u

struct plic;

/* outputs: 2 * harts lines, copied, MEIP then SEIP of each hart. harts is 1 to PLIC_MAX_HARTS;
 * NULL: that is not so, or out of memory. Registers of absent sources and contexts read 0 and
 * ignore writes. The device starts reset. */
struct plic *plic_create(unsigned harts, const struct irq_line *outputs);
void plic_destroy(struct plic *plic);
const struct device *plic_device(const struct plic *plic);

/* The level of a source's wire; a source that does not exist is ignored. */
void plic_set_line(struct plic *plic, unsigned source, bool level);

/* The same as a line to hand to a device. */
struct irq_line plic_line(struct plic *plic, unsigned source);

/* Whether a hart has claimed the source and not completed it, so that nothing of it is forwarded. For looks from outside: no
 * register says it. */
bool plic_is_claimed(const struct plic *plic, unsigned source);

#endif
