/* SPDX-License-Identifier: MIT */
/* The results of disk requests that the guest has not been told of. */
#include <errno.h>
#include <string.h>

#include "base/little_endian.h"

#include "host/disk/disk_impl.h"

#define RESULT_BYTES 8 /* an error and a length */
#define MOST_ERROR 4095
/* In the place of an error: the host was to perform it still. */
#define NOT_PERFORMED (MOST_ERROR + 1)

static const struct state_field fields[] = {
    STATE_NOT(struct disk, options, "made with the machine"),
    STATE_NOT(struct disk, timing, "made with the machine"),
    STATE_NOT(struct disk, size_bytes, "made with the machine"),
    STATE_NOT(struct disk, read_only, "made with the machine"),
    STATE_NOT(struct disk, event_fd, "the host's"),
    STATE_NOT(struct disk, journal, "made with the machine"),
    STATE_NOT(struct disk, number, "made with the machine"),
    STATE_NOT(struct disk, image, "the host's"),
    STATE_NOT(struct disk, worker, "the host's"),
    STATE_NOT(struct disk, lock, "the host's"),
    STATE_NOT(struct disk, work, "the host's"),
    STATE_NOT(struct disk, finished, "the host's"),
    STATE_NOT(struct disk, stop, "the host's"),
    STATE_NOT(struct disk, drop, "the host's"),
    STATE_NOT(struct disk, waiting, "the results say so"),
    STATE_NOT(struct disk, held, "the results say so"),
    STATE_NOT(struct disk, holds, "the user's patience, not the guest's"),
    STATE_NOT(struct disk, held_error, "the host's"),
    STATE_NOT(struct disk, lost_error, "the host's"),
    STATE_NOT(struct disk, ring, "the device before it saves what is in flight"),
    STATE_NOT(struct disk, submitted, "the device before it saves what is in flight"),
    STATE_NOT(struct disk, performed, "the results say so"),
    STATE_NOT(struct disk, delivered, "the device before it saves what is in flight"),
    STATE_NOT(struct disk, requests, "the device before it saves what is in flight"),
    STATE_NOT(struct disk, unused, "those that are not in flight"),
    STATE_NOT(struct disk, unused_count, "those that are not in flight"),
    STATE_NOT(struct disk, data, "counts within a request alone"),
    STATE_NOT(struct disk, warnings, "the user's patience, not the guest's"),
    STATE_NOT(struct disk, holds_told, "the user's patience, not the guest's"),
    STATE_NOT(struct disk, at_hand_bytes, "of the host's time"),
    STATE_END,
};

static const struct state_table saved = {.fields = fields, .bytes = sizeof(struct disk)};

static uint32_t result(const struct disk *disk, unsigned n)
{
    return disk->delivered + n < disk->performed ? (uint32_t)disk_flight(disk, n)->error : NOT_PERFORMED;
}

static uint32_t data_bytes(const struct disk *disk, unsigned n)
{
    const struct disk_request *request = disk_flight(disk, n);
    return request->operation == DISK_READ && result(disk, n) == 0 ? (uint32_t)request->length : 0;
}

/* Waits for the host, so that as much is saved as was announced. */
static size_t blob_bytes(const void *object)
{
    const struct disk *disk = object;
    size_t bytes = 0;
    disk_settle((struct disk *)(uintptr_t)object);
    for (unsigned i = 0; i < disk_in_flight(disk); i++)
        bytes += RESULT_BYTES + data_bytes(disk, i);
    return bytes;
}

static void blob_save(const void *object, uint8_t *bytes)
{
    const struct disk *disk = object;
    for (unsigned i = 0; i < disk_in_flight(disk); i++) {
        const struct disk_request *request = disk_flight(disk, i);
        uint32_t length = data_bytes(disk, i);
        little_put(bytes, 4, result(disk, i));
        little_put(bytes + 4, 4, length);
        memcpy(bytes + RESULT_BYTES, request->bytes, length);
        bytes += RESULT_BYTES + length;
    }
}

static bool blob_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    unsigned found = 0;
    (void)object;
    for (size_t at = 0, length; at < count; at += RESULT_BYTES + length, found++) {
        if (count - at < RESULT_BYTES || found == DISK_REQUESTS)
            return error_set(err, "saved state: no result of a disk request at byte %zu", at);
        length = (size_t)little_get(bytes + at + 4, 4);
        if (little_get(bytes + at, 4) > NOT_PERFORMED || length > DISK_DATA_BYTES || length > count - at - RESULT_BYTES)
            return error_set(err, "saved state: a bad result of a disk request at byte %zu", at);
    }
    return true;
}

/* A result that is not the request's leaves it with its error. */
static void take_result(struct disk_request *request, uint32_t error, const uint8_t *data, uint32_t length)
{
    bool fits = length == (request->operation == DISK_READ && error == 0 ? request->length : 0);
    request->error = fits ? (int)error : EIO;
    if (fits)
        memcpy(request->bytes, data, length);
}

static bool blob_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct disk *disk = object;
    unsigned n = 0;
    (void)err;
    for (size_t at = 0, length; at < count && n < disk_in_flight(disk); at += RESULT_BYTES + length) {
        length = (size_t)little_get(bytes + at + 4, 4);
        if (little_get(bytes + at, 4) == NOT_PERFORMED) {
            disk_worker_take_back(disk, disk->delivered + n);
            break;
        }
        take_result(disk_flight(disk, n++), (uint32_t)little_get(bytes + at, 4), bytes + at + RESULT_BYTES,
                    (uint32_t)length);
    }
    return true;
}

static const struct state_blob blob = {
    .meaning = "of each request in flight, oldest first: errno, or 4096 of one that the host is to perform still, as "
               "are those "
               "behind it (4 bytes), the length of what was read (4 bytes), what was read",
    .outside = true,
    .bytes = blob_bytes,
    .save = blob_save,
    .check = blob_check,
    .load = blob_load,
};

struct state_part disk_part(struct disk *disk)
{
    return (struct state_part){.name = "disk", .object = disk, .table = &saved, .blob = &blob};
}
