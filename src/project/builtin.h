/* SPDX-License-Identifier: MIT */
/* The files that microvm build adds to a folder which lacks them (src/project/builtin/), and how Rust is built: starter-kit/rust-kernel/build.sh.
 * cmake/project.cmake embeds them. */
#ifndef MICROVM_PROJECT_BUILTIN_H
#define MICROVM_PROJECT_BUILTIN_H

extern const char builtin_kernel_ld_begin[], builtin_kernel_ld_end[];
extern const char builtin_start_s_begin[], builtin_start_s_end[];
extern const char builtin_library_s_begin[], builtin_library_s_end[];
extern const char builtin_build_sh_begin[], builtin_build_sh_end[];

#endif
