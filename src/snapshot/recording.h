/* SPDX-License-Identifier: MIT */
/* Recordings: a run's start and its journal in one file that needs no other (--record), and the run again (--replay). Owns
 * the journal that the machine is given. docs/recordings.md is for users. */
#ifndef MICROVM_SNAPSHOT_RECORDING_H
#define MICROVM_SNAPSHOT_RECORDING_H

#include "base/error.h"
#include "machine/machine.h"

struct recording;

/* Begins the file, and sets config's journal; to be called before the machine is made. NULL: err says why. */
struct recording *recording_create(const char *path, struct machine_config *config, struct error *err);

/* The machine is made and has not run. False: the file cannot be written, or there are too many event sources. */
bool recording_begin(struct recording *recording, struct machine *machine, struct error *err);

/* The run is over: writes its end. False: something is missing in the file. */
bool recording_finish(struct recording *recording, struct machine *machine, const struct stop *stop, struct error *err);

/* Accepts NULL. The machine must be gone. */
void recording_destroy(struct recording *recording);

/* The same at once, of a machine whose run is over and whose config.journal has kept all of it. */
bool recording_save(const char *path, struct machine *machine, const struct stop *stop, struct error *err);

struct replay;

/* Reads and checks the file, and makes config one of its machine. *cut: it ends before its run did. NULL: err says why. */
struct replay *replay_open(const char *path, struct machine_config *config, bool *cut, struct error *err);

/* The run is over. False: it was not what was recorded, err says from where on. */
bool replay_finish(const struct replay *replay, struct machine *machine, const struct stop *stop, struct error *err);

/* Accepts NULL. The machine must be gone. */
void replay_close(struct replay *replay);

#endif
