/* SPDX-License-Identifier: MIT */
#include "observe/trace_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observe/trace_output.h"

struct ring {
    const char *name;
    int fd;
    struct trace_ring_header *header; /* the mapping */
    struct trace_record *records;     /* behind it */
    uint64_t bytes;
    uint64_t next;
};

static void ring_put(void *owner, const struct trace_record *record)
{
    struct ring *ring = owner;
    ring->records[ring->next] = *record;
    ring->next = ring->next + 1 < ring->header->capacity ? ring->next + 1 : 0;
    ring->header->written++;
}

/* A mapping needs none. */
static bool ring_flush(void *owner)
{
    return owner != NULL;
}

static void ring_destroy(void *owner)
{
    struct ring *ring = owner;
    if (ring->header != NULL)
        munmap(ring->header, ring->bytes);
    if (ring->fd >= 0)
        close(ring->fd);
    free(ring);
}

/* Room that was never needed is given back. */
static bool ring_finish(void *owner, struct error *err)
{
    struct ring *ring = owner;
    uint64_t written = ring->header->written,
             used = written < ring->header->capacity ? written : ring->header->capacity;
    munmap(ring->header, ring->bytes);
    ring->header = NULL;
    bool ok = ftruncate(ring->fd, (off_t)(sizeof *ring->header + used * sizeof *ring->records)) == 0;
    ok &= close(ring->fd) == 0;
    ring->fd = -1;
    return ok || error_set(err, "trace to '%.200s': %s", ring->name, strerror(errno));
}

/* All of the file's blocks are taken at once: a store into the mapping could not be told that the disk is full. */
static bool map_file(struct ring *ring, uint64_t records)
{
    ring->bytes = sizeof *ring->header + records * sizeof *ring->records;
    ring->fd = open(ring->name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (ring->fd < 0)
        return false;
    errno = posix_fallocate(ring->fd, 0, (off_t)ring->bytes);
    if (errno != 0)
        return false;
    void *map = mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
    if (map == MAP_FAILED)
        return false;
    ring->header = map;
    ring->records = (struct trace_record *)(ring->header + 1);
    return true;
}

bool trace_ring_create(const struct trace_target *target, struct trace_output *output, struct error *err)
{
    if (target->file == NULL)
        return error_set(err, "--trace-format binary: name the file by --trace-file");
    struct ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        return error_set(err, "out of memory");
    *ring = (struct ring){.name = target->file, .fd = -1};
    if (!map_file(ring, target->records)) {
        error_set(err, "trace to '%.200s': %s", target->file, strerror(errno));
        ring_destroy(ring);
        return false;
    }
    *ring->header = (struct trace_ring_header){
        .magic = TRACE_RING_MAGIC,
        .byte_order = TRACE_RING_BYTE_ORDER,
        .version = TRACE_RING_VERSION,
        .header_bytes = sizeof *ring->header,
        .record_bytes = sizeof *ring->records,
        .capacity = target->records,
    };
    *output = (struct trace_output){ring, ring_put, ring_flush, ring_finish, ring_destroy};
    return true;
}

static bool check_header(struct trace_ring_reader *reader, struct error *err)
{
    struct trace_ring_header header;
    if (reader->bytes < sizeof header || memcmp(reader->map, TRACE_RING_MAGIC, sizeof header.magic) != 0)
        return error_set(err, "this is no binary trace that --trace-format binary wrote");
    memcpy(&header, reader->map, sizeof header);
    if (header.byte_order != TRACE_RING_BYTE_ORDER)
        return error_set(err, "a host of the other byte order wrote it");
    if (header.version != TRACE_RING_VERSION || header.header_bytes != sizeof header ||
        header.record_bytes != sizeof(struct trace_record))
        return error_set(err, "its version is %u, and this microvm reads %u", header.version, TRACE_RING_VERSION);
    uint64_t room = (reader->bytes - sizeof header) / sizeof(struct trace_record);
    uint64_t count = header.written < header.capacity ? header.written : header.capacity;
    if (header.capacity == 0 || count > room)
        return error_set(err, "it is cut short: %llu of %llu records are there", (unsigned long long)room,
                         (unsigned long long)count);
    reader->records = (const struct trace_record *)((const char *)reader->map + sizeof header);
    reader->capacity = header.capacity;
    reader->count = count;
    reader->lost = header.written - count;
    reader->first = reader->lost > 0 ? header.written % header.capacity : 0;
    return true;
}

static bool map_for_reading(const char *path, struct trace_ring_reader *reader, struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, "%s", strerror(errno));
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    if (regular)
        reader->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (!regular)
        return error_set(err, "this is no binary trace that --trace-format binary wrote");
    if (reader->map == MAP_FAILED)
        return error_set(err, "%s", strerror(errno));
    reader->bytes = (uint64_t)st.st_size;
    return true;
}

bool trace_ring_open(const char *path, struct trace_ring_reader *reader, struct error *err)
{
    *reader = (struct trace_ring_reader){0};
    if (!map_for_reading(path, reader, err))
        return error_prefix(err, "trace '%.200s'", path);
    if (check_header(reader, err))
        return true;
    trace_ring_close(reader);
    return error_prefix(err, "trace '%.200s'", path);
}

const struct trace_record *trace_ring_at(const struct trace_ring_reader *reader, uint64_t n)
{
    return &reader->records[(reader->first + n) % reader->capacity];
}

void trace_ring_close(struct trace_ring_reader *reader)
{
    munmap(reader->map, reader->bytes);
}
