/* SPDX-License-Identifier: MIT */
/* A recording as a file: a magic number and chunks, each compressed and with a checksum, that are only ever appended; so
 * that what a killed process leaves behind is good up to its last whole chunk. docs/recordings.md has the layout. */
#ifndef MICROVM_SNAPSHOT_RECORDING_FILE_H
#define MICROVM_SNAPSHOT_RECORDING_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What a chunk's bytes belong to; those of one kind are one sequence. */
enum chunk_kind {
    CHUNK_START = 1, /* what the machine is made of */
    CHUNK_BOOT,      /* what it starts with */
    CHUNK_LOG,       /* its journal */
    CHUNK_KINDS
};

struct recording_writer;

/* Makes the file, or empties it. NULL: err says why. */
struct recording_writer *recording_writer_open(const char *path, struct error *err);

/* False: the file cannot be written any more. */
bool recording_write(struct recording_writer *writer, enum chunk_kind kind, const void *bytes, size_t count,
                     struct error *err);

/* False: the last bytes were lost. Accepts NULL. */
bool recording_writer_close(struct recording_writer *writer, struct error *err);

/* What was read, all of it in memory. */
struct recording_bytes {
    uint8_t *bytes[CHUNK_KINDS];
    size_t count[CHUNK_KINDS];
    bool cut; /* the file ends within a chunk */
};

/* False: it is no recording, or a chunk is not what it was. */
bool recording_read(const char *path, struct recording_bytes *read, struct error *err);
/* The same of bytes in memory. */
bool recording_parse(const uint8_t *file, size_t size, struct recording_bytes *read, struct error *err);
void recording_free(struct recording_bytes *read);

#endif
