/* SPDX-License-Identifier: MIT */
/* The system calls by which snapshots are written and read. A table, so that tests can let any of them fail. Owns
 * nothing. */
#ifndef MICROVM_SNAPSHOT_FILE_CALLS_H
#define MICROVM_SNAPSHOT_FILE_CALLS_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* As the system calls: -1 and errno on failure. dir is the descriptor of a folder, or AT_FDCWD. */
struct file_calls {
    void *owner;
    int (*open_at)(void *owner, int dir, const char *name, int flags, mode_t mode);
    int (*close)(void *owner, int fd);
    ssize_t (*read_link)(void *owner, const char *path, char *target, size_t size);
    int (*status_at)(void *owner, int dir, const char *name, struct stat *status); /* of a link itself */
    int (*status)(void *owner, int fd, struct stat *status);
    int (*set_mode)(void *owner, int fd, mode_t mode);
    int (*try_lock)(void *owner, int fd); /* exclusively, without waiting; ends with the descriptor */
    ssize_t (*read_at)(void *owner, int fd, void *bytes, size_t count, off_t offset);
    ssize_t (*write_at)(void *owner, int fd, const void *bytes, size_t count, off_t offset);
    int (*sync)(void *owner, int fd);
    int (*rename_at)(void *owner, int dir, const char *from, const char *to);
    int (*unlink_at)(void *owner, int dir, const char *name);
    ssize_t (*list)(void *owner, int dir, void *entries, size_t size); /* getdents64 */
    off_t (*next_data)(void *owner, int fd, off_t offset);             /* lseek to SEEK_DATA */
};

/* The system's own. */
const struct file_calls *file_calls_host(void);

#endif
