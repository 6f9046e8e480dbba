/* SPDX-License-Identifier: MIT */
/* The device tree: builds ours from map.def, the extension table and the configuration, and checks and edits the
 * user's. */
#ifndef MICROVM_MACHINE_FDT_H
#define MICROVM_MACHINE_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "cpu/ext.h"
#include "machine/config.h"

#define FDT_SEED_BYTES 32
/* Free space behind every blob, for guests that edit it in place. */
#define FDT_SLACK_BYTES 8192

/* Strings are borrowed for the call. A size of 0 means that there is none. */
struct fdt_input {
    unsigned cpus; /* 1 to 64 */
    const struct ext_set *ext;
    uint64_t memory_base, memory_bytes;
    uint64_t initrd_base, initrd_bytes;
    uint64_t virtio_slots;               /* bit n: a device is in virtio_slot(n) */
    const char *bootargs;                /* NULL: none */
    struct framebuffer_size framebuffer; /* width 0: none */
    uint8_t rng_seed[FDT_SEED_BYTES];
};

/* Builds the machine's own tree. *blob is the caller's, to be given to free(); *size is its totalsize, slack included.
 */
bool fdt_build(const struct fdt_input *input, void **blob, size_t *size, struct error *err);

/* Checks a flattened tree of untrusted origin as a whole: header, reservation block, every token, name and length.
 * After true, libfdt may read and edit it. False: err says what is wrong where. */
bool fdt_check(const void *blob, size_t size, struct error *err);

/* Holds a tree that fdt_check passed against the machine's memory and cpus: false, with a message, if it describes RAM or
 * a hart that is not there. It may describe less. */
bool fdt_match(const void *blob, const struct fdt_input *machine, struct error *err);

/* Copies a tree that fdt_check passed and adds to the copy the slack and, where asked for, bootargs (NULL: leave
 * alone) and the initrd's place. */
bool fdt_edit(const void *blob, const struct fdt_input *input, void **copy, size_t *size, struct error *err);

#endif
