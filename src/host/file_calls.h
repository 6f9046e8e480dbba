/* SPDX-License-Identifier: MIT */
/* The system calls by which files of our own are written and read: snapshots, pictures, sound, what changes of a disk. A table, so
 * that tests can let any of them fail. Owns nothing. */
#ifndef MICROVM_HOST_FILE_CALLS_H
#define MICROVM_HOST_FILE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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
    void *(*map)(void *owner, int fd, size_t bytes, off_t offset);     /* to read, shared; MAP_FAILED */
};

/* The system's own. */
const struct file_calls *file_calls_host(void);

/* Through the table, again if a signal came in between. */
int file_open_at(const struct file_calls *calls, int dir, const char *name, int flags, mode_t mode);
ssize_t file_read_link(const struct file_calls *calls, const char *path, char *target, size_t size);
int file_status_at(const struct file_calls *calls, int dir, const char *name, struct stat *status);
int file_status(const struct file_calls *calls, int fd, struct stat *status);
int file_set_mode(const struct file_calls *calls, int fd, mode_t mode);
int file_try_lock(const struct file_calls *calls, int fd);
int file_sync(const struct file_calls *calls, int fd);
int file_rename_at(const struct file_calls *calls, int dir, const char *from, const char *to);
int file_unlink_at(const struct file_calls *calls, int dir, const char *name);
ssize_t file_list(const struct file_calls *calls, int dir, void *entries, size_t size);
off_t file_next_data(const struct file_calls *calls, int fd, off_t offset);
void *file_map(const struct file_calls *calls, int fd, size_t bytes, off_t offset);

/* As many of the bytes as there are before the file's end (then errno is EIO) or an error. */
size_t file_read_some(const struct file_calls *calls, int fd, void *bytes, size_t count, uint64_t offset);
/* All of the bytes, however many calls that takes. A file that ends too early is EIO. */
bool file_read_all(const struct file_calls *calls, int fd, void *bytes, size_t count, uint64_t offset);
bool file_write_all(const struct file_calls *calls, int fd, const void *bytes, size_t count, uint64_t offset);

#endif
