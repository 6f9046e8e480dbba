/* SPDX-License-Identifier: MIT */
/* The machine: owns harts, bus, devices and clock, and runs them until something stops it. */
#ifndef MICROVM_MACHINE_MACHINE_H
#define MICROVM_MACHINE_MACHINE_H

#include <stdio.h>

#include "base/error.h"
#include "machine/config.h"
#include "machine/host.h"
#include "machine/stop.h"

struct machine;

/* Builds and loads a machine; config and host are copied, what they point to must outlive it. NULL: err says why. */
struct machine *machine_create(const struct machine_config *config, const struct machine_host *host, struct error *err);
void machine_destroy(struct machine *machine);

/* Runs until the guest, a budget, a time limit or the host ends it; *stop says which. Resets by the guest are served
 * within (unless config.no_reboot). False: what follows the run failed (the signature file), err says why. */
bool machine_run(struct machine *machine, struct stop *stop, struct error *err);

/* From what is called while it runs: has machine_run come back as soon as may be, with STOP_NONE; another machine_run goes on
 * as if nothing had been. Guest time stands still meanwhile, unless all harts wait. */
void machine_leave(struct machine *machine);

/* Steps made so far, by all harts together. */
uint64_t machine_steps(const struct machine *machine);

/* A digest of all state: harts, RAM, clock, and what the devices' tables of state name. Two runs that agree in it did the
 * same. */
uint64_t machine_state_hash(const struct machine *machine);

/* What the run executed, if config.engine counts it. */
void machine_print_profile(const struct machine *machine, FILE *out);

/* The device tree blob the guest was given; *size in bytes. Valid as long as the machine. */
const void *machine_dtb(const struct machine *machine, size_t *size);

/* One line for the user that belongs to the start (the chosen boot mode, a raw kernel's address), or NULL. */
const char *machine_note(const struct machine *machine);

/* What was loaded where and in which mode it starts: the line that -v prints. */
const char *machine_choice(const struct machine *machine);

#endif
