/* SPDX-License-Identifier: MIT */
#include "machine/boot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/boot_sink.h"

#define PIECE_BYTES (UINT64_C(1) << 20)
/* How long a FIFO may lack a writer. */
#define WRITER_WAIT_MS 500
#define WRITER_POLL_MS 10

bool boot_file_blame(struct error *err, const char *what, const char *path)
{
    if (err == NULL)
        return false;
    struct error fault = *err;
    return error_set(err, "%s '%.512s' %s", what, path, fault.text);
}

/* Pipes are opened without blocking: one that nobody writes to must not hang the command. */
static int open_file(const char *path, struct stat *st, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, st) != 0) {
        error_set(err, "cannot be opened: %s", strerror(errno));
        goto fail;
    }
    if (S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode))
        return fd;
    error_set(err, "is a %s, not a file", S_ISDIR(st->st_mode) ? "directory" : "device");
fail:
    if (fd >= 0)
        close(fd);
    return -1;
}

/* read(2) that waits for a pipe's writer; 0 is the end. */
static ssize_t read_some(int fd, uint8_t *bytes, size_t count, bool may_wait_for_writer)
{
    int waited_ms = 0;
    for (;;) {
        ssize_t got = read(fd, bytes, count);
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (got < 0 && errno == EAGAIN)
            poll(&ready, 1, -1);
        else if (got == 0 && may_wait_for_writer && waited_ms < WRITER_WAIT_MS && poll(&ready, 1, WRITER_POLL_MS) == 0)
            waited_ms += WRITER_POLL_MS;
        else if (got >= 0 || errno != EINTR)
            return got;
    }
}

/* One byte more than there is room for tells a file that fits exactly from one that does not. */
static bool at_end(int fd, const struct boot_sink *sink, struct error *err)
{
    uint8_t extra;
    ssize_t got = read_some(fd, &extra, 1, false);
    if (got == 0)
        return true;
    return got < 0 ? error_set(err, "cannot be read: %s", strerror(errno)) : boot_sink_overflow(sink, err);
}

static bool read_all(int fd, const struct stat *st, struct boot_sink *sink, struct error *err)
{
    bool is_pipe = S_ISFIFO(st->st_mode);
    uint64_t total = is_pipe ? 0 : (uint64_t)st->st_size;
    if (!boot_sink_promising(sink, total, err))
        return false;
    for (;;) {
        uint64_t room = boot_sink_room(sink);
        if (room == 0)
            return at_end(fd, sink, err);
        bool first = sink->size < BOOT_GLANCE_BYTES;
        uint64_t piece = first ? BOOT_GLANCE_BYTES - sink->size : PIECE_BYTES;
        bool may_lack_writer = is_pipe && sink->size == 0;
        ssize_t got = read_some(fd, sink->bytes + sink->size, room < piece ? room : piece, may_lack_writer);
        if (got < 0)
            return error_set(err, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return sink->size > 0 || error_set(err, "is empty");
        sink->size += (uint64_t)got;
        if (first && sink->size == BOOT_GLANCE_BYTES && !boot_sink_promising(sink, total, err))
            return false;
    }
}

static bool read_file(struct boot_file *file, const char *path, const struct boot_file_limit *limit, struct error *err)
{
    struct stat st;
    int fd = open_file(path, &st, err);
    if (fd < 0)
        return false;
    struct boot_sink sink;
    bool ok = boot_sink_open(&sink, limit, err) && read_all(fd, &st, &sink, err);
    close(fd);
    if (ok)
        boot_sink_finish(&sink, file);
    else
        boot_sink_discard(&sink);
    return ok;
}

bool boot_file_read(struct boot_file *file, const char *what, const char *path, const struct boot_file_limit *limit,
                    struct error *err)
{
    *file = (struct boot_file){.bytes = NULL};
    return read_file(file, path, limit, err) || boot_file_blame(err, what, path);
}

void boot_file_cool(const struct boot_file *file)
{
    if (file->mapped != 0)
        madvise((void *)(uintptr_t)file->bytes, file->mapped, MADV_DONTNEED);
}

void boot_file_release(struct boot_file *file)
{
    if (file->mapped != 0)
        munmap((void *)(uintptr_t)file->bytes, file->mapped);
    *file = (struct boot_file){.bytes = NULL};
}

/* Keeps a regular file of a known size open; *kept tells. */
static bool keep_open(struct boot_payload *payload, const char *path, const struct boot_file_limit *limit, bool *kept,
                      struct error *err)
{
    struct stat st;
    int fd = open_file(path, &st, err);
    if (fd < 0)
        return false;
    *kept = S_ISREG(st.st_mode) && st.st_size > 0;
    bool fits = !*kept || boot_sink_promising(&(struct boot_sink){.limit = limit}, (uint64_t)st.st_size, err);
    if (!*kept || !fits) {
        close(fd);
        return fits;
    }
    payload->size = (uint64_t)st.st_size;
    payload->fd = fd;
    payload->modified = st.st_mtim;
    return true;
}

bool boot_payload_open(struct boot_payload *payload, const char *what, const char *path,
                       const struct boot_file_limit *limit, struct error *err)
{
    bool kept = false;
    *payload = (struct boot_payload){.what = what, .path = path};
    if (!keep_open(payload, path, limit, &kept, err))
        return boot_file_blame(err, what, path);
    if (kept)
        return true;
    if (!boot_file_read(&payload->held, what, path, limit, err))
        return false;
    payload->size = payload->held.size;
    return true;
}

static bool is_unchanged(const struct boot_payload *payload)
{
    struct stat st;
    return fstat(payload->fd, &st) == 0 && (uint64_t)st.st_size == payload->size &&
           st.st_mtim.tv_sec == payload->modified.tv_sec && st.st_mtim.tv_nsec == payload->modified.tv_nsec;
}

static bool copy_payload(const struct boot_payload *payload, uint8_t *to, struct error *err)
{
    if (payload->held.size != 0) {
        memcpy(to, payload->held.bytes, payload->size);
        boot_file_cool(&payload->held);
        return true;
    }
    uint64_t done = 0;
    while (done < payload->size) {
        uint64_t left = payload->size - done;
        ssize_t got = pread(payload->fd, to + done, left < PIECE_BYTES ? left : PIECE_BYTES, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, "cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        done += (uint64_t)got;
    }
    return (done == payload->size && is_unchanged(payload)) ||
           error_set(err, "was changed while the machine ran, which needs it again for a reset; replace such a file "
                          "by a new one instead (mv)");
}

bool boot_payload_copy(const struct boot_payload *payload, uint8_t *to, struct error *err)
{
    return copy_payload(payload, to, err) || boot_file_blame(err, payload->what, payload->path);
}

void boot_payload_close(struct boot_payload *payload)
{
    if (payload->size != 0 && payload->held.size == 0)
        close(payload->fd);
    boot_file_release(&payload->held);
    *payload = (struct boot_payload){.size = 0};
}
