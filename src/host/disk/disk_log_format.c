/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_log_format.h"

#include <string.h>
#include <zlib.h>

#include "base/little_endian.h"

#define VERSION 1u

static const uint8_t magic[8] = {'M', 'V', 'D', 'I', 'S', 'K', 'L', 'G'};

/* Places in a record's header. */
enum { KIND = 0, DISK = 4, OFFSET = 8, LENGTH = 16, DATA_CRC = 24, HEADER_CRC = 28 };

static uint32_t checksum(const uint8_t *bytes, uint64_t count)
{
    return (uint32_t)crc32_z(0, bytes, (z_size_t)count);
}

void disk_log_file_header(uint8_t bytes[DISK_LOG_HEADER_BYTES])
{
    memset(bytes, 0, DISK_LOG_HEADER_BYTES);
    memcpy(bytes, magic, sizeof magic);
    little_put(bytes + sizeof magic, 4, VERSION);
}

void disk_log_encode(const struct disk_log_record *record, uint8_t bytes[DISK_LOG_RECORD_BYTES])
{
    little_put(bytes + KIND, 4, record->kind);
    little_put(bytes + DISK, 4, record->disk);
    little_put(bytes + OFFSET, 8, record->offset);
    little_put(bytes + LENGTH, 8, record->length);
    little_put(bytes + DATA_CRC, 4, record->data != NULL ? checksum(record->data, record->length) : 0);
    little_put(bytes + HEADER_CRC, 4, checksum(bytes, HEADER_CRC));
}

bool disk_log_read_begin(struct disk_log_reader *reader, const uint8_t *bytes, size_t size, struct error *err)
{
    if (size < DISK_LOG_HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return error_set(err, "this is no log that --disk-log wrote");
    uint64_t version = little_get(bytes + sizeof magic, 4);
    if (version != VERSION)
        return error_set(err, "it has version %u, and this microvm reads version %u", (unsigned)version, VERSION);
    *reader = (struct disk_log_reader){bytes, size, DISK_LOG_HEADER_BYTES};
    return true;
}

static bool has_data(enum disk_log_kind kind)
{
    return kind == DISK_LOG_WRITE || kind == DISK_LOG_DISK;
}

bool disk_log_read(struct disk_log_reader *reader, struct disk_log_record *record)
{
    size_t left = reader->size - reader->next;
    const uint8_t *header = reader->bytes + reader->next;
    if (left < DISK_LOG_RECORD_BYTES || little_get(header + HEADER_CRC, 4) != checksum(header, HEADER_CRC))
        return false;
    *record = (struct disk_log_record){
        .kind = (enum disk_log_kind)little_get(header + KIND, 4),
        .disk = (unsigned)little_get(header + DISK, 4),
        .offset = little_get(header + OFFSET, 8),
        .length = little_get(header + LENGTH, 8),
    };
    uint64_t data = has_data(record->kind) ? record->length : 0;
    if (data > left - DISK_LOG_RECORD_BYTES)
        return false;
    if (has_data(record->kind))
        record->data = header + DISK_LOG_RECORD_BYTES;
    if (record->data != NULL && little_get(header + DATA_CRC, 4) != checksum(record->data, data))
        return false;
    reader->next += DISK_LOG_RECORD_BYTES + (size_t)data;
    return true;
}
