/* SPDX-License-Identifier: MIT */
/* A file that is written beside the one it replaces, and takes its name when it is whole and on the disk: whatever happens
 * meanwhile, the name stands for the old file or for the new one. What processes that died left behind is swept away by
 * the next one that writes to the same name; that of living ones is locked, and stays. */
#ifndef MICROVM_HOST_ATOMIC_FILE_H
#define MICROVM_HOST_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/file_calls.h"

struct atomic_file;

/* NULL on failure. A link is followed. The new file has the old one's mode, or else 0600. */
struct atomic_file *atomic_file_open(const char *path, const struct file_calls *calls, struct error *err);

/* Bytes behind those written before; skipped ones are zero and need no room on the disk. */
bool atomic_file_write(struct atomic_file *file, const void *bytes, size_t count, struct error *err);
void atomic_file_skip(struct atomic_file *file, uint64_t count);
uint64_t atomic_file_position(const struct atomic_file *file);
const char *atomic_file_path(const struct atomic_file *file); /* as given */

/* Both release the file. A commit that fails leaves the old file as it was, unless err says that it was replaced. Behind
 * the last skip something must have been written. */
bool atomic_file_commit(struct atomic_file *file, struct error *err);
void atomic_file_abort(struct atomic_file *file); /* NULL is accepted */

#endif
