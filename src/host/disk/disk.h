/* SPDX-License-Identifier: MIT */
/* A guest's disk on the host: an image of some format (host/disk/disk_format.h), and the thread that reads and writes it, so that
 * a slow disk does not stop the harts. What is a matter of copying is read at once. Owns both.
 *
 * All functions are for the machine's thread. Requests are performed one after the other in the order of their submission;
 * so a flush covers every request submitted before it. What the host's disk refuses comes back as the request's error. */
#ifndef MICROVM_HOST_DISK_DISK_H
#define MICROVM_HOST_DISK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/state.h"
#include "bus/time_source.h"
#include "host/disk/disk_format.h"
#include "host/journal.h"

#define DISK_SECTOR_BYTES 512u
/* The physical block: what guests are told that a loss of power leaves whole. The host's page cache works in it. */
#define DISK_BLOCK_BYTES 4096u
#define DISK_SERIAL_BYTES 20u
/* Requests in flight, and the longest piece of data that one of them moves. */
#define DISK_REQUESTS 32u
#define DISK_DATA_BYTES (UINT64_C(1) << 20)
/* How much of what the host has in memory the machine's thread reads itself between two polls, instead of waking the disk's. */
#define DISK_AT_HAND_BYTES (UINT64_C(1) << 20)
/* When to complete under the virtual clock: ticks after the submission (a tenth of a millisecond). */
#define DISK_LATENCY_TICKS UINT64_C(1000)

enum disk_cache {
    DISK_CACHE_WRITEBACK,    /* stable after a flush */
    DISK_CACHE_WRITETHROUGH, /* stable once completed */
    DISK_CACHE_UNSAFE        /* stable when the host pleases: flushes do nothing */
};

/* What comes of a request that the host's disk refuses. */
enum disk_on_error {
    DISK_ON_ERROR_REPORT, /* the guest is told: an I/O error */
    DISK_ON_ERROR_ENOSPC, /* it is held where the host lacks room; of all else the guest is told */
    DISK_ON_ERROR_PAUSE   /* it is held */
};

struct disk_options {
    char path[4096];
    char serial[DISK_SERIAL_BYTES + 1];
    enum disk_cache cache;
    enum disk_on_error on_error;
    bool read_only;
    bool throw_away; /* snapshot=on: what the guest writes is kept beside the image, and goes with the run */
    /* NULL: none was given, and nothing is guessed: an image that begins like one of another format than raw is refused. */
    const struct disk_format *format;
    const struct disk_format *backing_format; /* of a backing file whose image does not say it; NULL: as it says */
};

/* Parses "FILE[,ro][,format=F][,backing-format=F][,cache=writeback|writethrough|unsafe][,serial=S]
 * [,on-error=report|enospc|pause][,snapshot=on|off]"; a comma in a name is written twice. */
bool disk_options_parse(const char *text, struct disk_options *options, struct error *err);

struct disk_file {
    int fd; /* -1: nothing to close */
    uint64_t size_bytes;
    bool read_only;
};

/* Opens and locks what options name. False: it cannot be opened, is no file or block device, has the magic of a format (and
 * none was given), or is in use by another machine. */
bool disk_file_open(const struct disk_options *options, struct disk_file *file, struct error *err);
/* False: no guest can have a disk of that size; it is 0, or no multiple of 512 bytes. */
bool disk_file_check_size(const struct disk_options *options, uint64_t size_bytes, struct error *err);
void disk_file_close(struct disk_file *file);

enum disk_operation { DISK_READ, DISK_WRITE, DISK_FLUSH, DISK_DISCARD, DISK_WRITE_ZEROES };

/* The first group is the caller's to fill, and kept until done is called. */
struct disk_request {
    enum disk_operation operation;
    bool durable;    /* DISK_WRITE, DISK_DISCARD, DISK_WRITE_ZEROES: stable once completed */
    bool may_unmap;  /* DISK_WRITE_ZEROES: the file may get a hole */
    uint64_t offset; /* bytes */
    uint64_t length; /* bytes; of READ and WRITE at most DISK_DATA_BYTES */
    void *owner;
    /* Completion, from disk_poll. Either submits the request again or gives it back with disk_release. */
    void (*done)(void *owner, struct disk_request *request);

    uint8_t *bytes; /* DISK_DATA_BYTES of data */
    int error;      /* errno, 0: done */
    uint64_t due;   /* the disk's own: completes at this tick, under the virtual clock */
};

struct disk_timing {
    struct time_source time; /* copied; only used if latency_ticks is not 0 */
    /* 0: requests complete as the host does them (wall clock). Else each completes exactly so many ticks after its
     * submission, and disk_poll waits for the host if it must (virtual clock). */
    uint64_t latency_ticks;
};

struct disk;

/* Takes the image over, which is in use already (started), or has no format, and leaves the caller's without one. NULL: err
 * says why, and the image is still the caller's. */
struct disk *disk_create(const struct disk_options *options, struct disk_image *image, const struct disk_timing *timing,
                         struct error *err);

/* disk_image_open, start and disk_create, with the host's calls. */
struct disk *disk_open(const struct disk_options *options, const struct disk_timing *timing, struct error *err);

/* Performs what was submitted, makes it stable (but for DISK_CACHE_UNSAFE) and closes the file; no completion is delivered
 * any more, and nothing may be submitted. What is held is tried once more. False: that, the last flush, or an earlier one
 * failed. Once is enough. */
bool disk_finish(struct disk *disk, struct error *err);

/* Accepts NULL. Finishes what is not. */
void disk_destroy(struct disk *disk);

/* Both at once. Accepts NULL. */
bool disk_close(struct disk *disk, struct error *err);

/* What requests came to is recorded as the disk's of that number; in a replay the journal has it, and the file is left alone. Without
 * one there is neither. */
void disk_set_journal(struct disk *disk, struct journal *journal, unsigned number);

uint64_t disk_size_bytes(const struct disk *disk);
bool disk_is_read_only(const struct disk *disk);
enum disk_cache disk_cache_mode(const struct disk *disk);
const char *disk_serial(const struct disk *disk);
const char *disk_path(const struct disk *disk);

/* To be read while nothing is submitted. */
const struct disk_image *disk_image(const struct disk *disk);

/* A request to fill and submit. NULL: all are in flight; disk_poll will make room. */
struct disk_request *disk_request_get(struct disk *disk);
void disk_release(struct disk *disk, struct disk_request *request);
/* offset and length must lie on the disk (of all but DISK_FLUSH). */
void disk_submit(struct disk *disk, struct disk_request *request);

/* Delivers the completions that are there or, under the virtual clock, due. Cheap if there are none. */
void disk_poll(struct disk *disk);

/* Waits until the host has performed all that was submitted, or holds the rest of it. Delivers nothing. */
void disk_settle(struct disk *disk);

/* Held: the oldest request that is not performed has failed, and is kept with all behind it, as the options want it. True,
 * with a line for the user, once for each time that it has failed. */
bool disk_take_hold(struct disk *disk, struct error *line);
bool disk_is_held(const struct disk *disk);

/* Performs what is held again. Nothing happens if nothing is. */
void disk_retry(struct disk *disk);

/* What was submitted and not delivered: how many requests, and the n-th of them, the oldest first. */
unsigned disk_in_flight(const struct disk *disk);
struct disk_request *disk_flight(const struct disk *disk, unsigned n);

/* Takes all requests back, delivered or not, after the host has performed them. */
void disk_forget(struct disk *disk);

/* Puts a request in flight that was so in another run: the host performs nothing. It fails with EIO unless a result is
 * loaded for it. */
void disk_resume(struct disk *disk, struct disk_request *request);

/* What the host has performed and nobody was told of: the results, for the requests that are in flight when they are
 * loaded; those that were held are performed from the next disk_poll on. Whoever saves them waits as disk_settle does. */
struct state_part disk_part(struct disk *disk);

/* The tick of the next completion under the virtual clock; UINT64_MAX: none is in flight. Under the wall clock always
 * UINT64_MAX: disk_event_fd tells. */
uint64_t disk_next_deadline(const struct disk *disk);

/* Readable when disk_poll has something to deliver (wall clock only). */
int disk_event_fd(const struct disk *disk);

/* True, with a line for the user, when the host's disk has refused something for the first time: one line each for reads,
 * writes and flushes in the disk's life. */
bool disk_take_warning(struct disk *disk, struct error *warning);

#endif
