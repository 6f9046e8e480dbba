/* SPDX-License-Identifier: MIT */
/* The initrd: an archive of files that was put into memory together with the kernel. */
#ifndef INITRD_H
#define INITRD_H

#include <stdint.h>

/* Where it is, as the device tree says. Returns 0 if there is none. */
int initrd_init(const char *fdt);

/* Makes it readable once paging is on. */
void initrd_map(void);

/* The content of a file, and its size; NULL: there is no such file. */
const char *initrd_find(const char *name, uint64_t *size);

/* Prints the names and sizes of all files. */
void initrd_list(void);

#endif
