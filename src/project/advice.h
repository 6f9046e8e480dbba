/* SPDX-License-Identifier: MIT */
/* How one gets what is missing, on the system at hand. Owns nothing. */
#ifndef MICROVM_PROJECT_ADVICE_H
#define MICROVM_PROJECT_ADVICE_H

/* The command that installs a compiler for RISC-V kernels. */
const char *advice_compiler(void);

#endif
