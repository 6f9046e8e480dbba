/* SPDX-License-Identifier: MIT */
/* One request after the other against the file, through the table of calls. */
#include "host/disk_impl.h"

#include <errno.h>
#include <fcntl.h>

#define ZEROES_BYTES 65536u

static ssize_t move_once(struct disk_store *store, const struct disk_request *request, uint64_t moved)
{
    off_t offset = (off_t)(request->offset + moved);
    uint8_t *bytes = request->bytes + moved;
    size_t count = (size_t)(request->length - moved);
    if (request->operation == DISK_READ)
        return store->calls.read_at(store->calls.owner, store->file.fd, bytes, count, offset);
    return store->calls.write_at(store->calls.owner, store->file.fd, bytes, count, offset);
}

/* A read that ends early means that somebody has cut the file off: an error, never made-up data. */
static int move_data(struct disk_store *store, const struct disk_request *request)
{
    for (uint64_t moved = 0; moved < request->length;) {
        ssize_t count = move_once(store, request, moved);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 && errno != 0 ? errno : EIO;
        moved += (uint64_t)count;
    }
    return 0;
}

static int allocate(struct disk_store *store, int mode, const struct disk_request *request)
{
    int result;
    do {
        errno = 0;
        result = store->calls.allocate(store->calls.owner, store->file.fd, mode | FALLOC_FL_KEEP_SIZE,
                                       (off_t)request->offset, (off_t)request->length);
    } while (result != 0 && errno == EINTR);
    if (result == 0)
        return 0;
    return errno != 0 ? errno : EIO;
}

/* The file system or the block device lacks the operation, or lacks it at this alignment. */
static bool cannot_allocate(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

static int discard(struct disk_store *store, const struct disk_request *request)
{
    int error = allocate(store, FALLOC_FL_PUNCH_HOLE, request);
    return cannot_allocate(error) ? 0 : error; /* a hint that may be ignored */
}

static int write_zero_bytes(struct disk_store *store, const struct disk_request *request)
{
    static const uint8_t zeroes[ZEROES_BYTES];
    for (uint64_t moved = 0; moved < request->length;) {
        uint64_t left = request->length - moved;
        ssize_t count =
            store->calls.write_at(store->calls.owner, store->file.fd, zeroes,
                                  left < ZEROES_BYTES ? (size_t)left : ZEROES_BYTES, (off_t)(request->offset + moved));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 && errno != 0 ? errno : EIO;
        moved += (uint64_t)count;
    }
    return 0;
}

static int write_zeroes(struct disk_store *store, const struct disk_request *request)
{
    int error = EOPNOTSUPP;
    if (request->may_unmap)
        error = allocate(store, FALLOC_FL_PUNCH_HOLE, request);
    if (cannot_allocate(error))
        error = allocate(store, FALLOC_FL_ZERO_RANGE, request);
    return cannot_allocate(error) ? write_zero_bytes(store, request) : error;
}

int disk_store_sync(struct disk_store *store)
{
    if (store->sync_error != 0 || !store->dirty || store->cache == DISK_CACHE_UNSAFE)
        return store->sync_error;
    int result;
    do {
        errno = 0;
        result = store->calls.sync_data(store->calls.owner, store->file.fd);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        store->sync_error = errno != 0 ? errno : EIO;
    store->dirty = result != 0;
    return store->sync_error;
}

static int change(struct disk_store *store, const struct disk_request *request)
{
    if (store->file.read_only)
        return EROFS;
    store->dirty = true;
    if (request->operation == DISK_WRITE)
        return move_data(store, request);
    return request->operation == DISK_DISCARD ? discard(store, request) : write_zeroes(store, request);
}

static int perform(struct disk_store *store, const struct disk_request *request)
{
    if (request->operation == DISK_READ)
        return move_data(store, request);
    if (request->operation == DISK_FLUSH)
        return disk_store_sync(store);
    int error = change(store, request);
    return error == 0 && request->durable ? disk_store_sync(store) : error;
}

void disk_store_perform(struct disk_store *store, struct disk_request *request)
{
    request->error = perform(store, request);
}
