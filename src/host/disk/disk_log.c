/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bits.h"
#include "host/disk/disk_log_format.h"
#include "host/write_parts.h"

/* What a disk's calls get as their owner. */
struct tap {
    struct disk_log *log;
    unsigned disk;
};

struct disk_log {
    char path[4096];
    int fd;
    pthread_mutex_t lock; /* over all below: the disks have a thread each */
    int error;            /* errno of the write that failed; nothing is recorded from there on */
    bool told;
    struct tap taps[DISK_LOG_DISKS];
    unsigned disks;
};

static void append(struct disk_log *log, const struct disk_log_record *record)
{
    size_t done;
    uint8_t header[DISK_LOG_RECORD_BYTES];
    disk_log_encode(record, header);
    struct iovec parts[] = {{header, sizeof header}, {(void *)record->data, record->data != NULL ? record->length : 0}};
    pthread_mutex_lock(&log->lock);
    if (log->error == 0 && !write_parts(log->fd, parts, 2, &done))
        log->error = errno != 0 ? errno : EIO;
    pthread_mutex_unlock(&log->lock);
}

static ssize_t read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)owner;
    return pread(fd, bytes, count, offset);
}

static ssize_t write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    const struct tap *tap = owner;
    ssize_t written = pwrite(fd, bytes, count, offset);
    int error = errno;
    if (written > 0)
        append(tap->log,
               &(struct disk_log_record){DISK_LOG_WRITE, tap->disk, (uint64_t)offset, (uint64_t)written, bytes});
    errno = error;
    return written;
}

static int sync_data(void *owner, int fd)
{
    const struct tap *tap = owner;
    int result = fdatasync(fd), error = errno;
    if (result == 0)
        append(tap->log, &(struct disk_log_record){.kind = DISK_LOG_STABLE, .disk = tap->disk});
    errno = error;
    return result;
}

static int allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    const struct tap *tap = owner;
    int result = fallocate(fd, mode, offset, length), error = errno;
    if (result == 0)
        append(tap->log,
               &(struct disk_log_record){DISK_LOG_ZEROES, tap->disk, (uint64_t)offset, (uint64_t)length, NULL});
    errno = error;
    return result;
}

/* The lock is the disks' own (disk_file.c): so no log can take the place of a disk in use. */
static bool begin(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    uint8_t header[DISK_LOG_HEADER_BYTES];
    struct iovec part = {header, sizeof header};
    size_t done;
    disk_log_file_header(header);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 && ftruncate(fd, 0) == 0 && write_parts(fd, &part, 1, &done);
}

struct disk_log *disk_log_create(const char *path, struct error *err)
{
    struct disk_log *log = calloc(1, sizeof *log);
    if (log == NULL || strlen(path) >= sizeof log->path) {
        free(log);
        error_set(err, "disk log '%.200s': %s", path, log == NULL ? "out of memory" : "the name is too long");
        return NULL;
    }
    strcpy(log->path, path);
    pthread_mutex_init(&log->lock, NULL);
    log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log->fd >= 0 && begin(log->fd))
        return log;
    bool in_use = errno == EAGAIN || errno == EACCES;
    error_set(err, "disk log '%s': %s", path,
              log->fd >= 0 && in_use ? "it is in use, as a disk or as another log" : strerror(errno));
    if (log->fd >= 0)
        close(log->fd);
    pthread_mutex_destroy(&log->lock);
    free(log);
    return NULL;
}

bool disk_log_add(struct disk_log *log, const char *disk, uint64_t size_bytes, struct disk_calls *calls,
                  struct error *err)
{
    if (log->disks == DISK_LOG_DISKS)
        return error_set(err, "disk log '%s': it holds %u disks at most", log->path, DISK_LOG_DISKS);
    struct tap *tap = &log->taps[log->disks];
    *tap = (struct tap){log, log->disks++};
    append(log, &(struct disk_log_record){DISK_LOG_DISK, tap->disk, size_bytes, strlen(disk), (const uint8_t *)disk});
    *calls = (struct disk_calls){
        .owner = tap, .read_at = read_at, .write_at = write_at, .sync_data = sync_data, .allocate = allocate};
    return true;
}

bool disk_log_take_warning(struct disk_log *log, struct error *warning)
{
    pthread_mutex_lock(&log->lock);
    int error = log->told ? 0 : log->error;
    log->told |= error != 0;
    pthread_mutex_unlock(&log->lock);
    if (error != 0)
        error_set(warning, "disk log '%s': %s; what the disks do from here on is not in it", log->path,
                  strerror(error));
    return error != 0;
}

bool disk_log_close(struct disk_log *log, struct error *err)
{
    if (log == NULL)
        return true;
    append(log, &(struct disk_log_record){.kind = DISK_LOG_END});
    if (close(log->fd) != 0 && log->error == 0)
        log->error = errno;
    bool whole = log->error == 0;
    if (!whole)
        error_set(err, "disk log '%s' is not whole: %s", log->path, strerror(log->error));
    pthread_mutex_destroy(&log->lock);
    free(log);
    return whole;
}
