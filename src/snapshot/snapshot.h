/* SPDX-License-Identifier: MIT */
/* A machine in a file: what of it goes into which section, and back. All that the guest can tell is in it and nothing
 * of the
 * host, so that a loaded machine that is saved again makes the same bytes. docs/snapshots.md is for users,
 * docs/snapshot-format.md lists the sections. */
#ifndef MICROVM_SNAPSHOT_SNAPSHOT_H
#define MICROVM_SNAPSHOT_SNAPSHOT_H

#include "machine/machine.h"
#include "snapshot/configuration.h"
#include "snapshot/container.h"

/* Of RAM: small files, or pages that are mapped and shared. */
enum snapshot_format { SNAPSHOT_COMPRESSED, SNAPSHOT_TEMPLATE };

/* Saves the machine between two instructions, on its thread. It goes on as a machine does that is loaded from the
 * file. False: what had
 * the name before has it still, and the machine goes on. */
bool snapshot_save(struct machine *machine, const char *path, enum snapshot_format format, struct error *err);

struct snapshot;

/* Opens and checks the file (of a template all but RAM's pages, which are checked when they are used). NULL: it is not
 * whole, or not of this version. */
struct snapshot *snapshot_open(const char *path, struct error *err);

/* NULL is accepted. The machines that were made of it must be gone: RAM may be mapped from it. */
void snapshot_close(struct snapshot *snapshot);

const struct configuration *snapshot_configuration(const struct snapshot *snapshot);
struct container *snapshot_container(struct snapshot *snapshot);

/* Makes config, which names disks, network and ports, one of a machine that this snapshot can be loaded into. False:
 * they are not
 * those that it had. config borrows from the snapshot. */
bool snapshot_configure(const struct snapshot *snapshot, struct machine_config *config, struct error *err);

/* Loads the state into a machine of that configuration that has not run. disks: whether they must hold what they
 * held. False: all is checked
 * before anything is changed, but the machine is of no use if reading fails behind that. */
bool snapshot_load(struct snapshot *snapshot, struct machine *machine, bool disks, struct error *err);

#endif
