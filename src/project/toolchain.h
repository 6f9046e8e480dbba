/* SPDX-License-Identifier: MIT */
/* The compiler that makes riscv64 code: looked for, and tried, since an x86-only clang exists, and compilers without a linker. */
#ifndef MICROVM_PROJECT_TOOLCHAIN_H
#define MICROVM_PROJECT_TOOLCHAIN_H

#include "project/words.h"

struct toolchain {
    struct words compile; /* the compiler, and the flags that all sources are compiled with */
    struct words link;    /* the compiler, and the flags to link with, but for the script */
    struct words behind;  /* what stands behind the objects */
};

/* wanted: the compiler by --cc, with arguments if it needs any; NULL: the environment's CC, unless that is a compiler for other machines, or
 * the first of those that are usual. work: a folder for a trial's files. False: err says what is missing and how to get it. */
bool toolchain_find(struct toolchain *toolchain, const char *wanted, const char *work, struct error *err);

void toolchain_destroy(struct toolchain *toolchain);

#endif
