/* SPDX-License-Identifier: MIT */
/* tinyfs: a file system of up to 16 files on a disk of up to 256 sectors. */
#ifndef FS_H
#define FS_H

#include <stdbool.h>
#include <stdint.h>

/* Reads what it keeps in memory; false: there is no tinyfs on the disk. */
bool fs_mount(void);

/* Prints each file's size and name. */
void fs_list(void);

/* Prints a file; false: there is none of that name, or the disk could not. */
bool fs_print(const char *name);

/* Makes a file, or gives it a new content; false: no room, or the disk could not. */
bool fs_write(const char *name, const char *bytes, uint32_t size);

/* Adds bytes to the end of a file, or makes it; false: no room, or the disk could not. */
bool fs_append(const char *name, const char *bytes, uint32_t size);

/* Removes a file; false: there is none of that name, or the disk could not. */
bool fs_remove(const char *name);

/* How many sectors are free, and how many are taken, but by no file. */
unsigned fs_free(void);
unsigned fs_lost(void);

#endif
