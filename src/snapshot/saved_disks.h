/* SPDX-License-Identifier: MIT */
/* What guests have changed on disks with overlays: for the n-th disk the sections "disk-N-map", a bit for each block
 * of 4 KiB, and
 * "disk-N-data", the disk with zeros for what has not changed. */
#ifndef MICROVM_SNAPSHOT_SAVED_DISKS_H
#define MICROVM_SNAPSHOT_SAVED_DISKS_H

#include "snapshot/configuration.h"
#include "snapshot/container.h"

#define SAVED_DISK_VERSION 1

bool saved_disks_save(const struct configuration *configuration, struct machine *machine,
                      struct container_writer *writer, struct error *err);

/* Into a machine of that configuration, whose overlays are empty. */
bool saved_disks_load(const struct configuration *configuration, struct container *container, struct machine *machine,
                      struct error *err);

#endif
