/* SPDX-License-Identifier: MIT */
/* Snapshot files for tests: a few sections whose contents follow from a number, and a folder to have them in. */
#ifndef MICROVM_TESTS_SNAPSHOT_SAMPLE_H
#define MICROVM_TESTS_SNAPSHOT_SAMPLE_H

#include "snapshot/container.h"

#define SAMPLE_VERSION 7
#define SAMPLE_PATH_BYTES 128

struct sample {
    uint64_t number;    /* what the contents follow from */
    uint64_t ram_bytes; /* of the section "ram", a multiple of a page */
    enum container_compression compression;
    enum container_form form; /* of "ram" */
    const struct file_calls *calls;
};

/* A new folder of the system's temporary ones; the second takes it away with the files that are in it. */
void sample_folder_make(char folder[SAMPLE_PATH_BYTES]);
void sample_folder_remove(const char *folder);
/* How many files, hidden ones too, it has. */
unsigned sample_folder_files(const char *folder);

/* Writes a snapshot with the sections "config", "hart0", "ram", "nothing". */
bool sample_save(const char *path, const struct sample *sample, struct error *err);

/* Whether the snapshot is sample's, whole. False, with what is wrong in err. */
bool sample_is_in(struct container *container, const struct sample *sample, struct error *err);

/* Opens the file of these bytes as if it were one on a disk, its mapped pages checked too. NULL: refused. */
struct container *sample_open_bytes(const uint8_t *bytes, size_t count, struct error *err);

/* All of a file, in memory that the caller frees. */
uint8_t *sample_read(const char *path, size_t *count);

#endif
