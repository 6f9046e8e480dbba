/* SPDX-License-Identifier: MIT */
#include "snapshot/faulty_calls.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether this call is the one. */
static bool is_due(struct faulty_calls *faulty)
{
    faulty->made++;
    return faulty->made == faulty->fail_at || (faulty->from_then_on && faulty->made > faulty->fail_at);
}

static bool fails(void *owner)
{
    struct faulty_calls *faulty = owner;
    if (!is_due(faulty))
        return false;
    if (faulty->error == 0)
        kill(getpid(), SIGKILL);
    errno = faulty->error;
    return true;
}

static ssize_t faulty_write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    struct faulty_calls *faulty = owner;
    if (is_due(faulty)) {
        if (faulty->error == 0 && pwrite(fd, bytes, count / 2, offset) >= 0)
            kill(getpid(), SIGKILL);
        errno = faulty->error;
        return -1;
    }
    if (faulty->most_written != 0 && count > faulty->most_written)
        count = faulty->most_written;
    return file_calls_host()->write_at(NULL, fd, bytes, count, offset);
}

/* The descriptor is gone in any case, as Linux has it. */
static int faulty_close(void *owner, int fd)
{
    bool failing = fails(owner);
    int result = file_calls_host()->close(NULL, fd);
    return failing ? -1 : result;
}

static int faulty_open_at(void *owner, int dir, const char *name, int flags, mode_t mode)
{
    return fails(owner) ? -1 : file_calls_host()->open_at(NULL, dir, name, flags, mode);
}

static ssize_t faulty_read_link(void *owner, const char *path, char *target, size_t size)
{
    return fails(owner) ? -1 : file_calls_host()->read_link(NULL, path, target, size);
}

static int faulty_status_at(void *owner, int dir, const char *name, struct stat *status)
{
    return fails(owner) ? -1 : file_calls_host()->status_at(NULL, dir, name, status);
}

static int faulty_status(void *owner, int fd, struct stat *status)
{
    return fails(owner) ? -1 : file_calls_host()->status(NULL, fd, status);
}

static int faulty_set_mode(void *owner, int fd, mode_t mode)
{
    return fails(owner) ? -1 : file_calls_host()->set_mode(NULL, fd, mode);
}

static int faulty_try_lock(void *owner, int fd)
{
    return fails(owner) ? -1 : file_calls_host()->try_lock(NULL, fd);
}

static ssize_t faulty_read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    return fails(owner) ? -1 : file_calls_host()->read_at(NULL, fd, bytes, count, offset);
}

static int faulty_sync(void *owner, int fd)
{
    return fails(owner) ? -1 : file_calls_host()->sync(NULL, fd);
}

static int faulty_rename_at(void *owner, int dir, const char *from, const char *to)
{
    return fails(owner) ? -1 : file_calls_host()->rename_at(NULL, dir, from, to);
}

static int faulty_unlink_at(void *owner, int dir, const char *name)
{
    return fails(owner) ? -1 : file_calls_host()->unlink_at(NULL, dir, name);
}

static ssize_t faulty_list(void *owner, int dir, void *entries, size_t size)
{
    return fails(owner) ? -1 : file_calls_host()->list(NULL, dir, entries, size);
}

static off_t faulty_next_data(void *owner, int fd, off_t offset)
{
    return fails(owner) ? -1 : file_calls_host()->next_data(NULL, fd, offset);
}

static void *faulty_map(void *owner, int fd, size_t bytes, off_t offset)
{
    return fails(owner) ? MAP_FAILED : file_calls_host()->map(NULL, fd, bytes, offset);
}

void faulty_calls_init(struct faulty_calls *faulty)
{
    *faulty = (struct faulty_calls){.calls = {
                                        .owner = faulty,
                                        .open_at = faulty_open_at,
                                        .close = faulty_close,
                                        .read_link = faulty_read_link,
                                        .status_at = faulty_status_at,
                                        .status = faulty_status,
                                        .set_mode = faulty_set_mode,
                                        .try_lock = faulty_try_lock,
                                        .read_at = faulty_read_at,
                                        .write_at = faulty_write_at,
                                        .sync = faulty_sync,
                                        .rename_at = faulty_rename_at,
                                        .unlink_at = faulty_unlink_at,
                                        .list = faulty_list,
                                        .next_data = faulty_next_data,
                                        .map = faulty_map,
                                    }};
}
