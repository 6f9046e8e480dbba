/* SPDX-License-Identifier: MIT */
/* All that a start reads: the files' bytes and what they mean. Shared by the parts of boot; beyond them only
 * observe/symbols looks at the programs. */
#ifndef MICROVM_MACHINE_BOOT_FILES_H
#define MICROVM_MACHINE_BOOT_FILES_H

#include "machine/boot.h"
#include "machine/boot_file.h"
#include "machine/boot_image.h"

/* The first 2 MiB of RAM are firmware's by custom: an image that lies in them is its own firmware, and what firmware
 * (built in or not) starts lies at their end. */
#define BOOT_FIRMWARE_BYTES (UINT64_C(2) << 20)

/* A kernel or firmware. segment_count 0: there is none. */
struct boot_program {
    struct boot_file file;
    struct boot_image image;
    struct boot_functions functions;
    bool gzipped;
};

struct boot_files {
    struct boot_program kernel;
    struct boot_program firmware;
    struct boot_payload initrd;
    struct boot_file dtb;
    void *blob; /* the device tree as the guest gets it */
};

/* Reads and checks all files that the configuration names. On failure what was read is still in files. */
bool boot_files_read(struct boot_files *files, const struct machine_config *config, uint64_t ram_base,
                     uint64_t ram_size, struct error *err);
void boot_files_release(struct boot_files *files);

/* What messages call the kernel: its path, or the name of an image in memory. */
const char *boot_files_kernel_path(const struct machine_config *config);

#endif
