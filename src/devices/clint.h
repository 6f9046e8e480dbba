/* SPDX-License-Identifier: MIT */
/* The core-local interruptor: software interrupts and the machine timer of every hart. Register map
 * of the SiFive CLINT, rules of the RISC-V ACLINT specification 1.0 (MSWI at 0, MTIMER at 0x4000).
 */
#ifndef MICROVM_DEVICES_CLINT_H
#define MICROVM_DEVICES_CLINT_H

#include "bus/device.h"
#include "bus/irq.h"
#include "bus/time_source.h"

#define CLINT_SIZE UINT64_C(0x10000)
#define CLINT_MAX_HARTS 4095
/* Offsets of registers. Behind the second there is nothing else. */
#define CLINT_MTIMECMP 0x4000
#define CLINT_MTIME 0xbff8

struct clint;

/* msip and mtip: one line per hart, copied. harts is 1 to CLINT_MAX_HARTS. Registers of absent
 * harts read 0 and ignore writes. NULL: out of memory or a number of harts out of range. The device
 * starts reset: all lines low and every mtimecmp 0, so that the first clint_update raises MTIP. A
 * reset leaves the time itself to its owner. */
struct clint *clint_create(unsigned harts, const struct time_source *time, const struct irq_line *msip,
                           const struct irq_line *mtip);
void clint_destroy(struct clint *clint);
const struct device *clint_device(const struct clint *clint);

/* Drives every hart's MTIP to (now >= mtimecmp); now in ticks. */
void clint_update(struct clint *clint, uint64_t now);

/* The earliest tick after now at which a line would rise; UINT64_MAX: never. */
uint64_t clint_next_deadline(const struct clint *clint, uint64_t now);

#endif
