/* SPDX-License-Identifier: MIT */
/* What mtinst and htinst say of a memory access that trapped: the transformed instruction. */
#ifndef MICROVM_CPU_TINST_H
#define MICROVM_CPU_TINST_H

#include "cpu/hart.h"
#include "cpu/op.h"

/* Completes h->trap after the instruction id with operands op, `length` bytes long in the guest's code, raised it. Leaves
 * tinst as it is where the walk of a guest's tables has set it, and 0 where the cause is none of an explicit access. */
void tinst_complete(struct hart *h, unsigned id, const struct op *op, unsigned length);

#endif
