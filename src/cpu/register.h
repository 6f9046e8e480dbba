/* SPDX-License-Identifier: MIT */
/* The registers of a hart by their names: x0 or zero, f0 or ft0, pc, and the CSRs of csr.def. Owns nothing. */
#ifndef MICROVM_CPU_REGISTER_H
#define MICROVM_CPU_REGISTER_H

#include "cpu/hart.h"

enum register_kind { REGISTER_X, REGISTER_F, REGISTER_PC, REGISTER_CSR };

struct register_ref {
    enum register_kind kind;
    unsigned number;
};

/* False: no register has the name; a $ before it does not matter. */
bool register_find(const char *name, struct register_ref *ref);

/* Without side effects. */
uint64_t register_get(const struct hart *h, struct register_ref ref);

/* As a debugger writes: CSRs by their WARL rules, x0 not at all. False: it cannot be written. */
bool register_set(struct hart *h, struct register_ref ref, uint64_t value);

/* The ABI names of x and f registers, n below 32. */
const char *register_x_name(unsigned n);
const char *register_f_name(unsigned n);

/* The n-th name of them all, for completion; NULL past the end. */
const char *register_name(unsigned n);

#endif
