/* SPDX-License-Identifier: MIT */
/* The files that microvm build adds to a folder which lacks them: embedded by cmake/project.cmake from src/project/builtin/. */
#ifndef MICROVM_PROJECT_BUILTIN_H
#define MICROVM_PROJECT_BUILTIN_H

extern const char builtin_kernel_ld_begin[], builtin_kernel_ld_end[];
extern const char builtin_start_S_begin[], builtin_start_S_end[];
extern const char builtin_memory_S_begin[], builtin_memory_S_end[];

#endif
