/* SPDX-License-Identifier: MIT */
/* What stands below a disk's thread: an open image, and the table of functions that know how it is stored. Raw files, qcow2
 * and overlays are rows of this kind; each owns what its state points to.
 *
 * All functions of one image are for one thread at a time: the disk's, or that of whoever knows that it has nothing to do.
 * Those that return int give errno, or 0: all of it is done. Offsets and lengths are bytes of the guest's disk and lie on
 * it; nothing says that they are aligned. */
#ifndef MICROVM_HOST_DISK_DISK_FORMAT_H
#define MICROVM_HOST_DISK_DISK_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/disk/disk_calls.h"

struct disk_options;

struct disk_image {
    const struct disk_format *format; /* NULL: there is nothing, as in a replay */
    void *state;
    uint64_t size_bytes;
    bool read_only;
};

struct disk_format {
    const char *name; /* as ',format=' has it */

    /* Opens, locks and checks what options name, and changes nothing. */
    bool (*open)(const struct disk_options *options, struct disk_image *image, struct error *err);

    /* The image is in use from here on, through these calls (copied; of a format that has files of its own). What an earlier
     * user left in disorder is put in order, unless the image is read-only. Before it, reading alone is allowed. NULL: it
     * makes no such calls, and there is nothing to do. */
    bool (*start)(void *state, const struct disk_calls *calls, struct error *err);

    int (*read)(void *state, void *bytes, size_t count, uint64_t offset);
    /* The same if it is a matter of copying: what had to wait for the host or to be unpacked is EAGAIN. After any error the bytes
     * may be anything, and read is to say what is wrong. NULL: always EAGAIN. */
    int (*read_at_hand)(void *state, void *bytes, size_t count, uint64_t offset);
    /* A write that fails may have been done in part; done again it succeeds if what stood in its way has gone. */
    int (*write)(void *state, const void *bytes, size_t count, uint64_t offset);

    /* The same, and what is written is stable. NULL: write and flush do it. */
    int (*write_stable)(void *state, const void *bytes, size_t count, uint64_t offset);

    /* What was written before is stable. An error of the host's sync comes back from all later flushes too, as what was
     * written before it may be lost; others (ENOSPC) lose nothing, and a later flush may succeed. */
    int (*flush)(void *state);
    /* Whether something of what was written is lost, so that no flush will succeed any more. NULL: never. */
    bool (*is_lost)(void *state);

    /* A hint: the bytes may become zeros, or stay. */
    int (*discard)(void *state, uint64_t offset, uint64_t length);
    int (*write_zeroes)(void *state, uint64_t offset, uint64_t length, bool may_unmap);

    /* The first offset from there on that may hold anything but zeros; the image's size: none. NULL: nothing is known. */
    uint64_t (*next_data)(void *state, uint64_t offset);

    /* Makes stable what is not, and frees everything whatever comes of it; the error is as flush's. */
    int (*close)(void *state);
};

#endif
