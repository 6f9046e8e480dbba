/* SPDX-License-Identifier: MIT */
/* The storage of the CSRs: one field for each row of csr.def that has storage of its own. */
#ifndef MICROVM_CPU_CSR_STATE_H
#define MICROVM_CPU_CSR_STATE_H

#include <stdint.h>

/* For each kind of row, whether it has a field. */
#define CSR_STORED_PLAIN(declaration) declaration
#define CSR_STORED_WORD(declaration) declaration
#define CSR_STORED_EPC(declaration) declaration
#define CSR_STORED_HOOKED(declaration) declaration
#define CSR_STORED_CUSTOM(declaration) declaration
#define CSR_STORED_COOKED(declaration) declaration
#define CSR_STORED_VIEW(declaration)
#define CSR_STORED_READOUT(declaration)
#define CSR_STORED_FIXED(declaration)

struct csr_state {
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) CSR_STORED_##kind(uint64_t name;)
#include "cpu/csr.def"
#undef CSR
};

#endif
