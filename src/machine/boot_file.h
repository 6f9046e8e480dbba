/* SPDX-License-Identifier: MIT */
/* The files that a machine starts from, as bytes in memory: reading with a bound, and unpacking of gzip. */
#ifndef MICROVM_MACHINE_BOOT_FILE_H
#define MICROVM_MACHINE_BOOT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

/* The bytes lie in a mapping of their own that boot_file_release unmaps, or are somebody else's (mapped 0). */
struct boot_file {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t mapped;
};

/* How much may be read or unpacked: an ELF carries symbols and debug information that never reach RAM. */
struct boot_file_limit {
    uint64_t bytes;
    uint64_t elf_bytes;
    const char *advice; /* ends the message about a file that is too large */
    /* Looks at the first piece: false, with a message, for bytes that are not worth reading on. NULL: all are. */
    bool (*glance)(const uint8_t *bytes, uint64_t size, struct error *err);
};

/* Makes "is empty" into "kernel 'path' is empty": messages about a file's contents begin with a verb. Returns false. */
bool boot_file_blame(struct error *err, const char *what, const char *path);

/* Reads a regular file, or a pipe to its end. False: err says "what 'path' ..."; an empty file is an error. */
bool boot_file_read(struct boot_file *file, const char *what, const char *path, const struct boot_file_limit *limit,
                    struct error *err);

bool boot_file_is_gzip(const struct boot_file *file);

/* Replaces a gzip file by what it holds: all members, up to the first trailing byte that begins no member. Besides the
 * limit, what unpacks to more than 64 MiB may not do so to more than 16 times its size. On failure the file is as it
 * was, and err says what is wrong with it, without its name. */
bool boot_file_gunzip(struct boot_file *file, const struct boot_file_limit *limit, struct error *err);

/* Lets the pages go from this process's resident memory until they are looked at again. */
void boot_file_cool(const struct boot_file *file);

/* Accepts an empty one and leaves an empty one. */
void boot_file_release(struct boot_file *file);

/* A file that is copied at each start of the machine and looked at by nobody else. A regular file stays open and is read
 * again each time; only what comes out of a pipe is held in memory. Neither here: size 0. */
struct boot_payload {
    uint64_t size;
    int fd;                   /* if size is not 0 and nothing is held */
    struct timespec modified; /* when it was opened */
    struct boot_file held;
    const char *what, *path; /* for messages; borrowed */
};

/* Like boot_file_read. */
bool boot_payload_open(struct boot_payload *payload, const char *what, const char *path,
                       const struct boot_file_limit *limit, struct error *err);

/* Copies all of it. False, with a message as boot_file_read's: it cannot be read, or was changed since it was opened.
 * (One that was replaced by another file of its name is still the old one.) */
bool boot_payload_copy(const struct boot_payload *payload, uint8_t *to, struct error *err);

/* Accepts an empty one and leaves an empty one. */
void boot_payload_close(struct boot_payload *payload);

#endif
