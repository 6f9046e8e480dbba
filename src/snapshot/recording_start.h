/* SPDX-License-Identifier: MIT */
/* What a recorded machine was made of, but for what it started with: the chunk CHUNK_START of a recording. Names no file. */
#ifndef MICROVM_SNAPSHOT_RECORDING_START_H
#define MICROVM_SNAPSHOT_RECORDING_START_H

#include "base/error.h"
#include "bus/state.h"
#include "machine/config.h"
#include "machine/machine.h"
#include "machine/peripherals.h"

struct recorded_disk {
    uint64_t size_bytes;
    char option[96]; /* as --disk takes it, the name aside */
};

struct recorded_start {
    uint64_t memory_bytes;
    uint64_t seed;
    uint64_t max_steps;
    struct framebuffer_size framebuffer;
    uint32_t cpus;
    uint32_t strict;
    uint8_t has_seed;
    uint8_t clock;
    uint8_t no_reboot;
    uint8_t explain;
    uint8_t virtio_legacy;
    uint8_t pmp_open;
    uint8_t disk_count;
    uint8_t port_count;
    uint8_t device_count;
    struct ext_set ext;
    struct recorded_disk disks[MACHINE_MAX_DISKS];
    char ports[MACHINE_MAX_PORTS][192]; /* as --hvc takes them */
    struct recorded_device devices[PERIPHERALS_MAX_RECORDED];
};

extern const struct state_table recorded_start_table;

void recorded_start_of(const struct machine *machine, struct recorded_start *start);

/* Makes config one for such a machine; it borrows from start. False: there can be no such machine. */
bool recorded_start_apply(const struct recorded_start *start, struct machine_config *config, struct error *err);

#endif
