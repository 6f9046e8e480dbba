/* SPDX-License-Identifier: MIT */
/* When a run saves its machine: at a step, when the console has shown a text, on SIGUSR1, when a monitor or control
 * client asks, or at
 * the end. All saves go to the one file that the command line names; each takes the place of the one before. */
#ifndef MICROVM_SNAPSHOT_SAVER_H
#define MICROVM_SNAPSHOT_SAVER_H

#include "machine/machine.h"
#include "snapshot/snapshot.h"

struct saver_options {
    const char *path; /* NULL: nothing is saved */
    enum snapshot_format format;
    uint64_t at_step;      /* of the machine, in all */
    bool has_at_step;      /* either of these two: not at the end of the run */
    const char *at_output; /* NULL: none */
};

struct saver;

/* Before the run. NULL: it cannot be done. options is copied; its strings must outlive the saver. */
struct saver *saver_create(const struct saver_options *options, struct machine *machine, struct error *err);
void saver_destroy(struct saver *saver); /* NULL is accepted */

/* At once; from an event source of the machine. *path is the file's name, if there is one. */
bool saver_save(struct saver *saver, const char **path, struct error *err);

/* Behind the run. False: what the options asked for was not saved, err says why. */
bool saver_finish(struct saver *saver, struct error *err);

#endif
