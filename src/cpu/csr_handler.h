/* SPDX-License-Identifier: MIT */
/* Handlers for the CSR instructions that trap handlers and kernels are made of: those that name a plain word of the mode's
 * own or a guest's, and those that change the interrupt-enable stack of sstatus or mstatus. */
#ifndef MICROVM_CPU_CSR_HANDLER_H
#define MICROVM_CPU_CSR_HANDLER_H

#include "cpu/op.h"

/* The handler of a CSR instruction, row `id`; NULL: it goes the slow way. May set op->rs2, which these rows do not use. */
op_handler *csr_handler(struct op *op, unsigned id);

#endif
