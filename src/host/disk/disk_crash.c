/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_crash.h"

#include "base/splitmix.h"
#include "host/disk/disk.h"

uint64_t disk_log_count(const struct disk_log_reader *log)
{
    struct disk_log_reader reader = *log;
    struct disk_log_record record;
    uint64_t count = 0;
    while (disk_log_read(&reader, &record))
        count++;
    return count;
}

/* Where the file of a format may end. */
#define MOST_BYTES (UINT64_C(1) << 55)

/* What must be there, and how large the disk is. */
struct survey {
    uint64_t stable; /* records before this one are, if they concern the disk */
    uint64_t size_bytes;
    bool found;
};

static struct survey look(const struct disk_log_reader *log, const struct disk_crash *crash)
{
    struct disk_log_reader reader = *log;
    struct disk_log_record record;
    struct survey survey = {0};
    for (uint64_t i = 0; disk_log_read(&reader, &record); i++) {
        if (record.kind == DISK_LOG_DISK && record.disk == crash->disk) {
            survey.found = true;
            survey.size_bytes = record.offset != 0 ? record.offset : MOST_BYTES;
        }
        bool counts = i < crash->cut && record.disk == crash->disk && !crash->lie;
        if (counts && record.kind == DISK_LOG_STABLE)
            survey.stable = i;
    }
    return survey;
}

/* Each physical block goes its own way. */
static bool apply_torn(const struct disk_log_record *record, const struct disk_crash_calls *calls, uint64_t *random,
                       struct error *err)
{
    uint64_t count;
    for (uint64_t at = 0; at < record->length; at += count) {
        uint64_t left = record->length - at, room = DISK_BLOCK_BYTES - (record->offset + at) % DISK_BLOCK_BYTES;
        count = left < room ? left : room;
        bool written = splitmix_next(random) & 1;
        const uint8_t *data = record->data != NULL ? record->data + at : NULL;
        if (written && !calls->write(calls->owner, record->offset + at, count, data, err))
            return false;
    }
    return true;
}

static bool apply_whole(const struct disk_log_record *record, const struct disk_crash_calls *calls, struct error *err)
{
    return calls->write(calls->owner, record->offset, record->length, record->data, err);
}

/* A write that may not have reached the disk: two in four did, one did not, one did in part. */
static bool apply_drawn(const struct disk_log_record *record, const struct disk_crash_calls *calls, uint64_t *random,
                        struct error *err)
{
    switch (splitmix_below(random, 4)) {
    case 0: return true;
    case 1: return apply_torn(record, calls, random, err);
    default: return apply_whole(record, calls, err);
    }
}

static bool changes(const struct disk_log_record *record, unsigned disk)
{
    return record->disk == disk && (record->kind == DISK_LOG_WRITE || record->kind == DISK_LOG_ZEROES);
}

bool disk_crash_apply(const struct disk_log_reader *log, const struct disk_crash *crash,
                      const struct disk_crash_calls *calls, struct error *err)
{
    struct survey survey = look(log, crash);
    struct disk_log_reader reader = *log;
    struct disk_log_record record;
    uint64_t random = crash->seed;
    if (!survey.found)
        return error_set(err, "the log has no disk %u", crash->disk);
    for (uint64_t i = 0; i < crash->cut && disk_log_read(&reader, &record); i++) {
        if (!changes(&record, crash->disk))
            continue;
        if (record.offset > survey.size_bytes || record.length > survey.size_bytes - record.offset)
            return error_set(err, "record %llu goes beyond the end of disk %u", (unsigned long long)i, crash->disk);
        bool ok = i < survey.stable || crash->whole ? apply_whole(&record, calls, err)
                                                    : apply_drawn(&record, calls, &random, err);
        if (!ok)
            return false;
    }
    return true;
}
