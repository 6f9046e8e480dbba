/* SPDX-License-Identifier: MIT */
#include "snapshot/recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "snapshot/compression.h"
#include "snapshot/container_layout.h"

/* The last digit is the version. */
static const char magic[8] = {'\x89', 'm', 'v', 'r', 'e', 'c', '\n', '2'};
/* Before a chunk's bytes: kind, compression, bytes here, bytes in memory, checksum of all that and of the bytes here. */
enum { HEAD_KIND, HEAD_COMPRESSION, HEAD_STORED, HEAD_BYTES, HEAD_CHECKSUM, HEAD_WORDS };
#define HEAD_SIZE (4 * HEAD_WORDS)
#define MOST_BYTES (UINT32_C(1) << 20)

struct recording_writer {
    int fd;
    char path[4096];
    enum container_compression kind;
    const struct compression *compression;
    void *state;
    uint8_t chunk[HEAD_SIZE + MOST_BYTES];
};

static uint32_t head_word(const uint8_t *head, unsigned n)
{
    return (uint32_t)little_get(head + 4 * n, 4);
}

static uint32_t checksum_of(const uint8_t *head, const uint8_t *stored, size_t count)
{
    return container_checksum_more(container_checksum(head, (size_t)4 * HEAD_CHECKSUM), stored, count);
}

/* Writing. */

static bool write_all(const struct recording_writer *writer, const uint8_t *bytes, size_t count, struct error *err)
{
    while (count > 0) {
        ssize_t done = write(writer->fd, bytes, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_set(err, "recording '%.200s': %s", writer->path, strerror(errno));
        bytes += done;
        count -= (size_t)done;
    }
    return true;
}

struct recording_writer *recording_writer_open(const char *path, struct error *err)
{
    struct recording_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL || strlen(path) >= sizeof writer->path) {
        free(writer);
        error_set(err, "recording '%.200s': %s", path, strerror(writer == NULL ? ENOMEM : ENAMETOOLONG));
        return NULL;
    }
    strcpy(writer->path, path);
    writer->kind = container_best_compression();
    writer->compression = compression_row(writer->kind);
    writer->state = writer->compression->create();
    writer->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (writer->fd < 0)
        error_set(err, "recording '%.200s': %s", path, strerror(errno));
    if (writer->fd >= 0 && write_all(writer, (const uint8_t *)magic, sizeof magic, err))
        return writer;
    recording_writer_close(writer, NULL);
    return NULL;
}

static bool write_chunk(struct recording_writer *writer, enum chunk_kind kind, const uint8_t *bytes, size_t count,
                        struct error *err)
{
    uint8_t *head = writer->chunk, *stored = head + HEAD_SIZE;
    size_t packed = writer->state != NULL ? writer->compression->pack(writer->state, bytes, count, stored) : 0;
    if (packed == 0)
        memcpy(stored, bytes, count);
    size_t stored_bytes = packed == 0 ? count : packed;
    little_put(head + 4 * HEAD_KIND, 4, kind);
    little_put(head + 4 * HEAD_COMPRESSION, 4, packed == 0 ? CONTAINER_PLAIN : writer->kind);
    little_put(head + 4 * HEAD_STORED, 4, (uint32_t)stored_bytes);
    little_put(head + 4 * HEAD_BYTES, 4, (uint32_t)count);
    little_put(head + 4 * HEAD_CHECKSUM, 4, checksum_of(head, stored, stored_bytes));
    return write_all(writer, writer->chunk, HEAD_SIZE + stored_bytes, err);
}

bool recording_write(struct recording_writer *writer, enum chunk_kind kind, const void *bytes, size_t count,
                     struct error *err)
{
    const uint8_t *from = bytes;
    while (count > 0) {
        size_t piece = count < MOST_BYTES ? count : MOST_BYTES;
        if (!write_chunk(writer, kind, from, piece, err))
            return false;
        from += piece;
        count -= piece;
    }
    return true;
}

bool recording_writer_close(struct recording_writer *writer, struct error *err)
{
    if (writer == NULL)
        return true;
    bool ok = writer->fd < 0 || close(writer->fd) == 0;
    if (!ok)
        error_set(err, "recording '%.200s': %s", writer->path, strerror(errno));
    writer->compression->destroy(writer->state);
    free(writer);
    return ok;
}

/* Reading: of bytes that may come from anybody. */

struct parser {
    const uint8_t *at, *end;
    void *states[CONTAINER_COMPRESSIONS];
    struct recording_bytes *read;
};

static uint8_t *make_room(struct recording_bytes *read, uint32_t kind, size_t more)
{
    uint8_t *bytes = realloc(read->bytes[kind], read->count[kind] + more);
    if (bytes == NULL)
        return NULL;
    read->bytes[kind] = bytes;
    return bytes + read->count[kind];
}

static bool unpack(struct parser *p, uint32_t compression, const uint8_t *stored, size_t count, uint8_t *to,
                   size_t wanted)
{
    if (compression == CONTAINER_PLAIN) {
        memcpy(to, stored, wanted);
        return true;
    }
    const struct compression *row = compression_row((enum container_compression)compression);
    if (row != NULL && p->states[compression] == NULL)
        p->states[compression] = row->create();
    return row != NULL && p->states[compression] != NULL &&
           row->unpack(p->states[compression], stored, count, to, wanted);
}

static bool head_is_legal(const uint8_t *head)
{
    uint32_t kind = head_word(head, HEAD_KIND), compression = head_word(head, HEAD_COMPRESSION);
    uint32_t stored = head_word(head, HEAD_STORED), bytes = head_word(head, HEAD_BYTES);
    bool fits = compression == CONTAINER_PLAIN ? stored == bytes : stored < bytes;
    return kind >= CHUNK_START && kind < CHUNK_KINDS && compression < CONTAINER_COMPRESSIONS && bytes > 0 &&
           bytes <= MOST_BYTES && fits;
}

static bool parse_chunk(struct parser *p, const uint8_t *file, struct error *err)
{
    const uint8_t *head = p->at, *stored = head + HEAD_SIZE;
    size_t left = (size_t)(p->end - p->at), place = (size_t)(p->at - file);
    p->read->cut = left < HEAD_SIZE;
    if (p->read->cut)
        return true;
    if (!head_is_legal(head))
        return error_set(err, "is damaged at byte %zu", place);
    uint32_t count = head_word(head, HEAD_STORED), bytes = head_word(head, HEAD_BYTES);
    p->read->cut = left - HEAD_SIZE < count;
    if (p->read->cut)
        return true;
    if (checksum_of(head, stored, count) != head_word(head, HEAD_CHECKSUM))
        return error_set(err, "is damaged at byte %zu: a checksum does not fit", place);
    uint32_t kind = head_word(head, HEAD_KIND);
    uint8_t *to = make_room(p->read, kind, bytes);
    if (to == NULL)
        return error_set(err, "is too large: out of memory");
    if (!unpack(p, head_word(head, HEAD_COMPRESSION), stored, count, to, bytes))
        return error_set(err, "cannot be unpacked at byte %zu, or was packed in a way that this build does not know",
                         place);
    p->read->count[kind] += bytes;
    p->at = stored + count;
    return true;
}

bool recording_parse(const uint8_t *file, size_t size, struct recording_bytes *read, struct error *err)
{
    struct parser p = {.at = file + sizeof magic, .end = file + size, .read = read};
    *read = (struct recording_bytes){0};
    if (size < sizeof magic || memcmp(file, magic, sizeof magic - 1) != 0)
        return error_set(err, "is no recording");
    if (file[sizeof magic - 1] != (uint8_t)magic[sizeof magic - 1])
        return error_set(err, "has another version than this build reads (%c)", magic[sizeof magic - 1]);
    bool ok = true;
    while (ok && !read->cut && p.at < p.end)
        ok = parse_chunk(&p, file, err);
    for (unsigned i = 0; i < CONTAINER_COMPRESSIONS; i++)
        if (p.states[i] != NULL)
            compression_row((enum container_compression)i)->destroy(p.states[i]);
    if (!ok)
        recording_free(read);
    return ok;
}

bool recording_read(const char *path, struct recording_bytes *read, struct error *err)
{
    struct stat status;
    void *file = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool regular = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (fd >= 0 && !regular)
        errno = EINVAL;
    if (regular && status.st_size > 0)
        file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    int reason = errno;
    if (fd >= 0)
        close(fd);
    if (regular && status.st_size == 0)
        return error_set(err, "recording '%.200s' is empty", path);
    if (file == MAP_FAILED)
        return error_set(err, "recording '%.200s': %s", path, strerror(reason));
    bool ok = recording_parse(file, (size_t)status.st_size, read, err);
    munmap(file, (size_t)status.st_size);
    if (!ok) {
        struct error what = *err;
        error_set(err, "recording '%.200s' %s", path, what.text);
    }
    return ok;
}

void recording_free(struct recording_bytes *read)
{
    for (unsigned i = 0; i < CHUNK_KINDS; i++)
        free(read->bytes[i]);
    *read = (struct recording_bytes){0};
}
