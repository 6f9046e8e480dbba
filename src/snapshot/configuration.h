/* SPDX-License-Identifier: MIT */
/* What a saved machine was made of: the section "configuration" of a snapshot. It says what must be there before its
 * state
 * can be loaded, and names no file: disks are known by size and digest, networks and ports by what the guest sees of
 * them. */
#ifndef MICROVM_SNAPSHOT_CONFIGURATION_H
#define MICROVM_SNAPSHOT_CONFIGURATION_H

#include "base/blake2b.h"
#include "bus/state.h"
#include "host/disk/disk.h"
#include "host/port.h"
#include "machine/machine.h"
#include "machine/peripherals.h"

#define CONFIGURATION_VERSION 2

struct saved_disk {
    uint64_t size_bytes;
    uint8_t digest[BLAKE2B_BYTES]; /* of the image */
    uint8_t cache;                 /* enum disk_cache */
    uint8_t read_only;
    uint8_t overlay; /* the image was not written: what the guest changed is in the snapshot */
    char serial[DISK_SERIAL_BYTES + 1];
};

struct saved_port {
    char name[PORT_NAME_BYTES];
};

struct configuration {
    uint64_t memory_bytes;
    uint64_t seed;
    uint64_t slots; /* bit n: a device is in virtio_slot(n) */
    struct framebuffer_size framebuffer;
    uint32_t cpus;
    uint8_t has_seed;
    uint8_t clock; /* enum clock_mode */
    uint8_t pmp_open;
    uint8_t virtio_legacy;
    uint8_t disk_count;
    uint8_t port_count;
    uint8_t device_count;
    struct ext_set ext;
    struct saved_disk disks[MACHINE_MAX_DISKS];
    struct saved_port ports[MACHINE_MAX_PORTS];
    struct recorded_device devices[PERIPHERALS_MAX_RECORDED];
};

/* Every member in a row. */
extern const struct state_table configuration_table;

/* Bytes of the section "ram". */
uint64_t configuration_memory(const struct configuration *configuration);

/* Of a machine with nothing on its way to a disk. False: a disk cannot be read. */
bool configuration_of(struct machine *machine, struct configuration *configuration, struct error *err);

/* Makes config one for such a machine, but for disks, network and ports: those must be there as they were, or err
 * names both
 * values. file: the snapshot's name. */
bool configuration_apply(const struct configuration *configuration, const char *file, struct machine_config *config,
                         struct error *err);

/* Whether the machine that was made of the config has the very disks: size, digest, and what the guest sees of them. */
bool configuration_check_disks(const struct configuration *configuration, const char *file, struct machine *machine,
                               struct error *err);

#endif
