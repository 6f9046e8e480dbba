/* SPDX-License-Identifier: MIT */
/* Files and folders of a project, whole. */
#ifndef MICROVM_PROJECT_FILE_H
#define MICROVM_PROJECT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

bool file_is_folder(const char *path);

/* Makes the folders that a path of at least one byte names before its last part; those that are there are fine. False: errno says why,
 * and path ends with the folder that could not be made. */
bool file_make_parents(char *path);

/* Makes the folder, and those that it lies in; one that is there is fine. */
bool file_make_folder(const char *path, struct error *err);

/* malloc'd; a zero byte stands behind the last. NULL: err says why. */
uint8_t *file_read(const char *path, uint64_t *size, struct error *err);

/* Makes the file, or replaces what is in it. */
bool file_write(const char *path, const void *bytes, uint64_t size, struct error *err);

#endif
