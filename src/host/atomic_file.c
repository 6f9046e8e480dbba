/* SPDX-License-Identifier: MIT */
#include "host/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINKS 40
#define MOST_TRIES 1000
#define LISTED_BYTES 4096
#define NAME_USED 200 /* of the file's name in that of the temporary one, so that there is room for the rest */

struct atomic_file {
    const struct file_calls *calls;
    char *path;                 /* as the user gave it, for messages */
    char name[NAME_MAX + 1];    /* in the folder */
    char prefix[NAME_USED + 8]; /* of all temporary files for that name */
    char temporary[NAME_MAX + 1];
    int dir, fd; /* -1: not open */
    uint64_t position;
};

static bool fail(const struct atomic_file *file, struct error *err)
{
    return error_set(err, "cannot save '%s': %s", file->path, strerror(errno));
}

/* Puts what a link holds in its place. */
static bool put_target(char path[PATH_MAX], const char *target)
{
    char *slash = strrchr(path, '/');
    size_t folder = target[0] == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - path);
    if (folder + strlen(target) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(path + folder, target, strlen(target) + 1);
    return true;
}

/* The path of what path leads to, which need not be there. */
static bool follow_links(const struct file_calls *calls, char path[PATH_MAX])
{
    char target[PATH_MAX];
    for (unsigned i = 0; i < MOST_LINKS; i++) {
        ssize_t length = file_read_link(calls, path, target, sizeof target - 1);
        if (length < 0)
            return errno == EINVAL || errno == ENOENT;
        target[length] = '\0';
        if (!put_target(path, target))
            return false;
    }
    errno = ELOOP;
    return false;
}

static bool fail_as(const struct atomic_file *file, int error, struct error *err)
{
    errno = error;
    return fail(file, err);
}

/* Cuts the file's name off its path. Returns the folder's; NULL: the name is too long. */
static const char *cut_name(struct atomic_file *file, char path[PATH_MAX])
{
    char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    if (strlen(name) >= sizeof file->name)
        return NULL;
    strcpy(file->name, name);
    snprintf(file->prefix, sizeof file->prefix, ".%.*s.part-", NAME_USED - 8, name);
    if (slash == NULL)
        return ".";
    *slash = '\0';
    return slash == path ? "/" : path;
}

static bool open_folder(struct atomic_file *file, struct error *err)
{
    char path[PATH_MAX];
    if (strlen(file->path) >= sizeof path)
        return fail_as(file, ENAMETOOLONG, err);
    strcpy(path, file->path);
    if (!follow_links(file->calls, path))
        return fail(file, err);
    const char *folder = cut_name(file, path);
    if (folder == NULL)
        return fail_as(file, ENAMETOOLONG, err);
    file->dir = file_open_at(file->calls, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    return file->dir >= 0 || fail(file, err);
}

/* The mode of the file that is there, or 0600. */
static bool old_mode(struct atomic_file *file, mode_t *mode, struct error *err)
{
    struct stat status;
    *mode = 0600;
    if (file->name[0] == '\0')
        return error_set(err, "cannot save '%s': it names a folder", file->path);
    if (file_status_at(file->calls, file->dir, file->name, &status) != 0)
        return errno == ENOENT || fail(file, err);
    if (!S_ISREG(status.st_mode))
        return error_set(err, "cannot save '%s': it is no regular file", file->path);
    *mode = status.st_mode & 0777;
    return true;
}

static void close_fd(const struct file_calls *calls, int *fd)
{
    if (*fd >= 0)
        calls->close(calls->owner, *fd);
    *fd = -1;
}

/* Who has the lock of a temporary file, and finds that it still has a name, is the only one who may take the name away. */
static void sweep_one(const struct atomic_file *file, const char *name)
{
    struct stat status;
    int fd = file_open_at(file->calls, file->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (file_try_lock(file->calls, fd) == 0 && file_status(file->calls, fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_nlink != 0)
        file_unlink_at(file->calls, file->dir, name);
    close_fd(file->calls, &fd);
}

/* Left-overs take room and nothing else: what cannot be swept now is left for the next time. */
static void sweep(const struct atomic_file *file)
{
    _Alignas(struct dirent64) char entries[LISTED_BYTES];
    ssize_t count;
    while ((count = file_list(file->calls, file->dir, entries, sizeof entries)) > 0)
        for (ssize_t at = 0; at < count;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + at);
            if (strncmp(entry->d_name, file->prefix, strlen(file->prefix)) == 0)
                sweep_one(file, entry->d_name);
            at += entry->d_reclen;
        }
}

/* Where a file system has no locks, nobody gets one, so nothing is swept either. */
static bool no_locks_here(void)
{
    return errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
}

/* The file is made and then locked: in between somebody may sweep it. */
static bool is_ours(const struct atomic_file *file, bool *ours)
{
    struct stat status;
    *ours = false;
    if (file_try_lock(file->calls, file->fd) != 0 && !no_locks_here())
        return errno == EWOULDBLOCK;
    if (file_status(file->calls, file->fd, &status) != 0)
        return false;
    *ours = status.st_nlink != 0;
    return true;
}

/* Makes the temporary file; *ours is false if its name is somebody else's. */
static bool try_name(struct atomic_file *file, unsigned number, bool *ours)
{
    snprintf(file->temporary, sizeof file->temporary, "%s%ld-%u", file->prefix, (long)getpid(), number);
    file->fd = file_open_at(file->calls, file->dir, file->temporary, O_RDWR | O_CREAT | O_EXCL, 0600);
    *ours = false;
    if (file->fd < 0)
        return errno == EEXIST;
    bool ok = is_ours(file, ours);
    if (ok && !*ours)
        close_fd(file->calls, &file->fd);
    return ok;
}

static bool make_temporary(struct atomic_file *file, struct error *err)
{
    bool ours = false;
    for (unsigned i = 0; i < MOST_TRIES && !ours; i++)
        if (!try_name(file, i, &ours))
            return fail(file, err);
    return ours || error_set(err, "cannot save '%s': no name is left for a temporary file", file->path);
}

struct atomic_file *atomic_file_open(const char *path, const struct file_calls *calls, struct error *err)
{
    mode_t mode;
    struct atomic_file *file = calloc(1, sizeof *file);
    char *copy = strdup(path);
    if (file == NULL || copy == NULL) {
        free(file);
        free(copy);
        error_set(err, "cannot save '%s': out of memory", path);
        return NULL;
    }
    *file = (struct atomic_file){.calls = calls, .path = copy, .dir = -1, .fd = -1};
    if (!open_folder(file, err) || !old_mode(file, &mode, err))
        goto failed;
    sweep(file);
    if (!make_temporary(file, err))
        goto failed;
    if (mode != 0600 && file_set_mode(calls, file->fd, mode) != 0) {
        fail(file, err);
        goto failed;
    }
    return file;
failed:
    atomic_file_abort(file);
    return NULL;
}

bool atomic_file_write(struct atomic_file *file, const void *bytes, size_t count, struct error *err)
{
    if (!file_write_all(file->calls, file->fd, bytes, count, file->position))
        return fail(file, err);
    file->position += count;
    return true;
}

void atomic_file_skip(struct atomic_file *file, uint64_t count)
{
    file->position += count;
}

uint64_t atomic_file_position(const struct atomic_file *file)
{
    return file->position;
}

const char *atomic_file_path(const struct atomic_file *file)
{
    return file->path;
}

static void release(struct atomic_file *file)
{
    close_fd(file->calls, &file->fd);
    close_fd(file->calls, &file->dir);
    free(file->path);
    free(file);
}

bool atomic_file_commit(struct atomic_file *file, struct error *err)
{
    if (file_sync(file->calls, file->fd) != 0 ||
        file_rename_at(file->calls, file->dir, file->temporary, file->name) != 0) {
        fail(file, err);
        atomic_file_abort(file);
        return false;
    }
    bool ok = file_sync(file->calls, file->dir) == 0 ||
              error_set(err, "'%s' is replaced, but a power failure may bring the old file back: %s", file->path,
                        strerror(errno));
    release(file);
    return ok;
}

void atomic_file_abort(struct atomic_file *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        file_unlink_at(file->calls, file->dir, file->temporary);
    release(file);
}
