/* SPDX-License-Identifier: MIT */
#include "host/file_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/compiler.h"

static int host_open_at(UNUSED void *owner, int dir, const char *name, int flags, mode_t mode)
{
    return openat(dir, name, flags | O_CLOEXEC, mode);
}

static int host_close(UNUSED void *owner, int fd)
{
    return close(fd);
}

static ssize_t host_read_link(UNUSED void *owner, const char *path, char *target, size_t size)
{
    return readlink(path, target, size);
}

static int host_status_at(UNUSED void *owner, int dir, const char *name, struct stat *status)
{
    return fstatat(dir, name, status, AT_SYMLINK_NOFOLLOW);
}

static int host_status(UNUSED void *owner, int fd, struct stat *status)
{
    return fstat(fd, status);
}

static int host_set_mode(UNUSED void *owner, int fd, mode_t mode)
{
    return fchmod(fd, mode);
}

static int host_try_lock(UNUSED void *owner, int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB);
}

static ssize_t host_read_at(UNUSED void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    return pread(fd, bytes, count, offset);
}

static ssize_t host_write_at(UNUSED void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    return pwrite(fd, bytes, count, offset);
}

static int host_sync(UNUSED void *owner, int fd)
{
    return fsync(fd);
}

static int host_rename_at(UNUSED void *owner, int dir, const char *from, const char *to)
{
    return renameat(dir, from, dir, to);
}

static int host_unlink_at(UNUSED void *owner, int dir, const char *name)
{
    return unlinkat(dir, name, 0);
}

static ssize_t host_list(UNUSED void *owner, int dir, void *entries, size_t size)
{
    return getdents64(dir, entries, size);
}

static off_t host_next_data(UNUSED void *owner, int fd, off_t offset)
{
    return lseek(fd, offset, SEEK_DATA);
}

static void *host_map(UNUSED void *owner, int fd, size_t bytes, off_t offset)
{
    return mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, offset);
}

const struct file_calls *file_calls_host(void)
{
    static const struct file_calls calls = {
        .open_at = host_open_at,
        .close = host_close,
        .read_link = host_read_link,
        .status_at = host_status_at,
        .status = host_status,
        .set_mode = host_set_mode,
        .try_lock = host_try_lock,
        .read_at = host_read_at,
        .write_at = host_write_at,
        .sync = host_sync,
        .rename_at = host_rename_at,
        .unlink_at = host_unlink_at,
        .list = host_list,
        .next_data = host_next_data,
        .map = host_map,
    };
    return &calls;
}

static bool interrupted(ssize_t result)
{
    return result < 0 && errno == EINTR;
}

int file_open_at(const struct file_calls *calls, int dir, const char *name, int flags, mode_t mode)
{
    int result;
    do
        result = calls->open_at(calls->owner, dir, name, flags, mode);
    while (interrupted(result));
    return result;
}

ssize_t file_read_link(const struct file_calls *calls, const char *path, char *target, size_t size)
{
    ssize_t result;
    do
        result = calls->read_link(calls->owner, path, target, size);
    while (interrupted(result));
    return result;
}

int file_status_at(const struct file_calls *calls, int dir, const char *name, struct stat *status)
{
    int result;
    do
        result = calls->status_at(calls->owner, dir, name, status);
    while (interrupted(result));
    return result;
}

int file_status(const struct file_calls *calls, int fd, struct stat *status)
{
    int result;
    do
        result = calls->status(calls->owner, fd, status);
    while (interrupted(result));
    return result;
}

int file_set_mode(const struct file_calls *calls, int fd, mode_t mode)
{
    int result;
    do
        result = calls->set_mode(calls->owner, fd, mode);
    while (interrupted(result));
    return result;
}

int file_try_lock(const struct file_calls *calls, int fd)
{
    int result;
    do
        result = calls->try_lock(calls->owner, fd);
    while (interrupted(result));
    return result;
}

int file_sync(const struct file_calls *calls, int fd)
{
    int result;
    do
        result = calls->sync(calls->owner, fd);
    while (interrupted(result));
    return result;
}

int file_rename_at(const struct file_calls *calls, int dir, const char *from, const char *to)
{
    int result;
    do
        result = calls->rename_at(calls->owner, dir, from, to);
    while (interrupted(result));
    return result;
}

int file_unlink_at(const struct file_calls *calls, int dir, const char *name)
{
    int result;
    do
        result = calls->unlink_at(calls->owner, dir, name);
    while (interrupted(result));
    return result;
}

ssize_t file_list(const struct file_calls *calls, int dir, void *entries, size_t size)
{
    ssize_t result;
    do
        result = calls->list(calls->owner, dir, entries, size);
    while (interrupted(result));
    return result;
}

off_t file_next_data(const struct file_calls *calls, int fd, off_t offset)
{
    off_t result;
    do
        result = calls->next_data(calls->owner, fd, offset);
    while (interrupted(result));
    return result;
}

void *file_map(const struct file_calls *calls, int fd, size_t bytes, off_t offset)
{
    void *result;
    do
        result = calls->map(calls->owner, fd, bytes, offset);
    while (result == MAP_FAILED && errno == EINTR);
    return result;
}

size_t file_read_some(const struct file_calls *calls, int fd, void *bytes, size_t count, uint64_t offset)
{
    size_t done = 0;
    while (done < count) {
        ssize_t got = calls->read_at(calls->owner, fd, (uint8_t *)bytes + done, count - done, (off_t)(offset + done));
        if (interrupted(got))
            continue;
        if (got == 0)
            errno = EIO;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

bool file_read_all(const struct file_calls *calls, int fd, void *bytes, size_t count, uint64_t offset)
{
    return file_read_some(calls, fd, bytes, count, offset) == count;
}

bool file_write_all(const struct file_calls *calls, int fd, const void *bytes, size_t count, uint64_t offset)
{
    const uint8_t *from = bytes;
    while (count != 0) {
        ssize_t done = calls->write_at(calls->owner, fd, from, count, (off_t)offset);
        if (interrupted(done))
            continue;
        if (done == 0)
            errno = ENOSPC;
        if (done <= 0)
            return false;
        from += done, offset += (uint64_t)done, count -= (size_t)done;
    }
    return true;
}
