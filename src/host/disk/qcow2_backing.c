/* SPDX-License-Identifier: MIT */
/* What an image stands over: the file that its header names, opened for reading. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/disk/disk_image.h"

/* "nbd:", "json:" and the like; "file:" is taken off. */
static bool has_protocol(const char *name)
{
    size_t plain = strcspn(name, ":/");
    return name[plain] == ':';
}

static const char *without_file(const char *name)
{
    return strncmp(name, "file:", 5) == 0 ? name + 5 : name;
}

/* As the image's folder has it. */
static bool find_path(const struct qcow2 *q, const char *name, char *path, size_t size, struct error *err)
{
    const char *file = without_file(name), *slash = strrchr(q->path, '/');
    int folder = file[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - q->path);
    if (has_protocol(file))
        return error_set(err, "disk '%s': its backing file '%s' is no file of the host, which is not supported",
                         q->path, name);
    return snprintf(path, size, "%.*s%s", folder, q->path, file) < (int)size ||
           error_set(err, "disk '%s': the path of its backing file is too long", q->path);
}

/* A file that is there twice would stand over itself. */
static bool check_chain(const struct qcow2 *q, const char *path, const struct qcow2_chain *chain, struct error *err)
{
    struct stat info;
    unsigned depth = 0;
    if (stat(path, &info) != 0)
        return error_set(err, "disk '%s': cannot open its backing file '%s': %s", q->path, path, strerror(errno));
    for (const struct qcow2_chain *c = chain; c != NULL; c = c->above, depth++)
        if (c->device == info.st_dev && c->inode == info.st_ino)
            return error_set(err, "disk '%s': its backing file '%s' stands over it: the chain has no end", q->path,
                             path);
    return depth <= QCOW2_MAX_BACKING_FILES ||
           error_set(err, "disk '%s': more than %u backing files stand under one another", path,
                     QCOW2_MAX_BACKING_FILES);
}

static bool find_format(const struct qcow2 *q, const struct disk_options *options,
                        const struct qcow2_backing_name *backing, const struct disk_format **format, struct error *err)
{
    *format = backing->format[0] != '\0' ? disk_format_named(backing->format) : options->backing_format;
    if (*format != NULL)
        return true;
    if (backing->format[0] != '\0')
        return error_set(err, "disk '%s': its backing file '%s' is of another format than raw and qcow2", q->path,
                         backing->name);
    return error_set(err,
                     "disk '%s' does not say of which format its backing file '%s' is: add ',backing-format=raw' or "
                     "',backing-format=qcow2', or 'qemu-img rebase -u -b FILE -F FORMAT' to say it for good",
                     q->path, backing->name);
}

bool qcow2_backing_open(struct qcow2 *q, const struct disk_options *options, const struct qcow2_backing_name *backing,
                        const struct qcow2_chain *chain, struct error *err)
{
    if (backing->name[0] == '\0')
        return true;
    struct disk_options *below = calloc(1, sizeof *below);
    if (below == NULL)
        return error_set(err, "disk '%s': out of memory", q->path);
    below->read_only = true;
    below->backing_format = options->backing_format;
    bool ok = find_path(q, backing->name, below->path, sizeof below->path, err) &&
              check_chain(q, below->path, chain, err) && find_format(q, options, backing, &below->format, err);
    if (ok && below->format == &disk_qcow2)
        ok = qcow2_open_above(below, chain, &q->backing, err);
    else
        ok = ok && disk_image_open(below, &q->backing, err);
    free(below);
    return ok;
}

int qcow2_backing_read(struct qcow2 *q, uint8_t *bytes, size_t count, uint64_t offset)
{
    uint64_t size = q->backing.format != NULL ? q->backing.size_bytes : 0;
    size_t there = offset >= size ? 0 : size - offset < count ? (size_t)(size - offset) : count;
    memset(bytes + there, 0, count - there);
    if (there == 0)
        return 0;
    return q->io.at_hand ? disk_image_read_at_hand(&q->backing, bytes, there, offset)
                         : q->backing.format->read(q->backing.state, bytes, there, offset);
}
