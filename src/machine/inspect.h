/* SPDX-License-Identifier: MIT */
/* A look into a machine, for debuggers, traces and explanations: its parts, and memory without side effects. To be used on the
 * machine's thread while no hart runs: from event sources, listeners, supervisors and observers. */
#ifndef MICROVM_MACHINE_INSPECT_H
#define MICROVM_MACHINE_INSPECT_H

#include "bus/bus.h"
#include "bus/guest_mem.h"
#include "cpu/decode.h"
#include "cpu/hart.h"
#include "devices/clint.h"
#include "devices/plic.h"
#include "devices/uart16550.h"
#include "machine/boot.h"
#include "machine/clock.h"
#include "machine/machine.h"
#include "machine/peripherals.h"
#include "sbi/sbi.h"

unsigned machine_hart_count(const struct machine *machine);
struct hart *machine_hart(struct machine *machine, unsigned n);

/* The hart that ran last. */
unsigned machine_running(const struct machine *machine);

const struct machine_config *machine_config(const struct machine *machine);
const struct boot_plan *machine_plan(const struct machine *machine);
const struct decoder *machine_decoder(const struct machine *machine);
struct guest_mem machine_memory(const struct machine *machine);
struct bus *machine_bus(const struct machine *machine);
struct plic *machine_plic(const struct machine *machine);
struct clint *machine_clint(const struct machine *machine);
struct uart16550 *machine_uart(const struct machine *machine);
struct peripherals *machine_peripherals(const struct machine *machine);
struct sbi *machine_sbi(const struct machine *machine); /* NULL: not built in */
const struct clock *machine_clock(const struct machine *machine);

/* Steps up to the present instruction of the present run, and guest time in ticks then. */
uint64_t machine_now_steps(const struct machine *machine);
uint64_t machine_now_ticks(const struct machine *machine);
uint64_t machine_now_ns(const struct machine *machine);

/* As config.verbose, for the rest of the run. */
void machine_set_verbose(struct machine *machine, unsigned level);

/* What the guest has written to its console since it was started. */
uint64_t machine_console_bytes(const struct machine *machine);

/* A line for the user, as explanations are. */
void machine_say(const struct machine *machine, const char *line);

/* Whose addresses. */
enum address_space {
    SPACE_VIRTUAL,        /* of the hart's loads in its present context */
    SPACE_GUEST_PHYSICAL, /* through hgatp alone, whatever V is; physical if that is bare */
    SPACE_PHYSICAL
};

/* Where an address leads to, permissions aside (a page that only executes, a user's page, a clear A or D, PMP at the end). False: it
 * leads nowhere; *trace, if not NULL, says how far it got. */
bool machine_translate(struct machine *machine, const struct hart *hart, enum address_space space, uint64_t address,
                       uint64_t *pa);

/* Reads without side effects: RAM, ROM, and registers of devices as their peek shows them. Returns how many bytes from the start could be
 * read. */
size_t machine_peek(struct machine *machine, const struct hart *hart, enum address_space space, uint64_t address,
                    void *bytes, size_t count);

/* Writes: to RAM as it is (code that was made from it is dropped), to devices as a guest's store of 1, 2, 4 or 8 aligned bytes would be. Returns how
 * many bytes from the start were written; none in a replay. */
size_t machine_poke(struct machine *machine, const struct hart *hart, enum address_space space, uint64_t address,
                    const void *bytes, size_t count);

/* Puts a digest of the harts into the journal, by which a replay sees that it is right. Between two slices alone: from an event source. */
void machine_mark(struct machine *machine);

/* Must be called after a hart's registers were changed from outside, so that a replay changes them, too. */
void machine_hart_changed(struct machine *machine, unsigned hart);

#endif
