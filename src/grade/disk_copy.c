/* SPDX-License-Identifier: MIT */
#include "grade/disk_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/disk/disk_image.h"
#include "host/disk/disk_raw.h"

static bool copy_range(int from, int to, off_t at, off_t end, struct error *err)
{
    static const size_t piece = 1 << 16;
    char *bytes = malloc(piece);
    bool ok = bytes != NULL || error_set(err, "out of memory");
    while (ok && at < end) {
        ssize_t got = pread(from, bytes, end - at < (off_t)piece ? (size_t)(end - at) : piece, at);
        ok = got > 0 && pwrite(to, bytes, (size_t)got, at) == got;
        if (!ok)
            error_set(err, "%s", got == 0 ? "it became shorter" : strerror(errno));
        at += got > 0 ? got : 0;
    }
    free(bytes);
    return ok;
}

/* Holes stay holes. */
static bool copy(int from, int to, struct error *err)
{
    struct stat st;
    if (fstat(from, &st) != 0)
        return error_set(err, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(err, "is no file, and a test copies the disks that it may write to; add ,ro to read it "
                              "only, or ,snapshot=on");
    if (ftruncate(to, st.st_size) != 0)
        return error_set(err, "a copy of it: %s", strerror(errno));
    off_t at = lseek(from, 0, SEEK_DATA);
    while (at >= 0 && at < st.st_size) {
        off_t end = lseek(from, at, SEEK_HOLE);
        if (end < 0 || !copy_range(from, to, at, end, err))
            return end < 0 ? error_set(err, "%s", strerror(errno)) : false;
        at = lseek(from, end, SEEK_DATA);
    }
    return true;
}

/* A file without a name in the folder, also where the file system cannot make one at once; -1: errno says why. */
static int open_nameless(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    snprintf(path, sizeof path, "%s/microvm-disk-XXXXXX", folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int open_copy(struct error *err)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    int fd = open_nameless(folder);
    if (fd < 0)
        error_set(err, "a copy of it in '%.300s': %s", folder, strerror(errno));
    return fd;
}

/* The copy's name, with the options that the disk has; what a format would be recognised by was looked at when the disk was
 * named. */
static char *make_options(const struct disk_options *options, int fd)
{
    char *text = NULL;
    if (asprintf(&text, "/proc/self/fd/%d,cache=unsafe%s%s%s%s", fd, options->format != NULL ? ",format=" : "",
                 options->format != NULL ? options->format->name : "", options->serial[0] != '\0' ? ",serial=" : "",
                 options->serial) < 0)
        return NULL;
    return text;
}

static bool make_copy(struct disk_copies *copies, unsigned n, const struct disk_options *options, struct error *err)
{
    int from = open(options->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0)
        return error_set(err, "disk '%.300s': %s", options->path, strerror(errno));
    int to = open_copy(err);
    bool ok = (to >= 0 && copy(from, to, err)) || error_prefix(err, "disk '%.300s'", options->path);
    close(from);
    copies->fds[n] = to;
    if (!ok)
        return false;
    copies->options[n] = make_options(options, to);
    return copies->options[n] != NULL || error_set(err, "out of memory");
}

/* Of what is more than the bytes of one file no copy is made: what the test writes is kept beside it. */
static bool overlay(struct disk_copies *copies, unsigned n, const char *text, struct error *err)
{
    char *made = NULL;
    if (asprintf(&made, "%s,snapshot=on", text) < 0)
        return error_set(err, "out of memory");
    copies->options[n] = made;
    return true;
}

static bool is_one_file(const struct disk_options *options)
{
    return !disk_image_is_served(options->path) && (options->format == NULL || options->format == &disk_raw);
}

bool disk_copies_make(struct disk_copies *copies, struct machine_config *config, struct error *err)
{
    struct disk_options *options = malloc(sizeof *options);
    bool ok = options != NULL || error_set(err, "out of memory");
    for (unsigned i = 0; ok && i < config->disk_count; i++) {
        copies->fds[i] = -1;
        copies->count = i + 1;
        ok = disk_options_parse(config->disks[i], options, err);
        if (!ok || options->read_only || options->throw_away)
            continue;
        ok = is_one_file(options) ? make_copy(copies, i, options, err) : overlay(copies, i, config->disks[i], err);
        config->disks[i] = ok ? copies->options[i] : config->disks[i];
    }
    free(options);
    return ok;
}

void disk_copies_remove(struct disk_copies *copies)
{
    for (unsigned i = 0; i < copies->count; i++) {
        free(copies->options[i]);
        if (copies->fds[i] >= 0)
            close(copies->fds[i]);
    }
    copies->count = 0;
}
