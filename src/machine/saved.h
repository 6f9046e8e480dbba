/* SPDX-License-Identifier: MIT */
/* All that a machine remembers besides RAM, for saving it, taking it back and telling two of them apart. What boot_load writes
 * again when the guest resets the machine is in boot_saved.h. */
#ifndef MICROVM_MACHINE_SAVED_H
#define MICROVM_MACHINE_SAVED_H

#include "bus/state.h"
#include "machine/config.h"
#include "machine/machine.h"
#include "machine/peripherals.h"

/* The machine, the clock, the harts, the SBI, five devices and HTIF, and what is around. */
#define MACHINE_MAX_PARTS (9 + MACHINE_MAX_HARTS + PERIPHERALS_MAX_STATES)

/* Fills in the parts, in an order that depends on how the machine is made up alone. Each has a name of its own. Returns how
 * many: at most MACHINE_MAX_PARTS. */
unsigned machine_parts(const struct machine *machine, struct state_part *parts);

/* Before the machine is saved for good: waits until the host has performed all disk requests in flight, so that their results
 * are part of the state. The guest is told nothing. */
void machine_settle(struct machine *machine);

/* Must be called after parts or RAM were loaded or copied: drops all that was made from the old state (translations, blocks),
 * makes anew what follows from the new one, and has the harts look for interrupts. */
void machine_loaded(struct machine *machine);

/* Once, of a machine that goes on in another process than the one that it was saved in: its console input, if it is a file, goes
 * on where the other has left it. */
void machine_input_goes_on(struct machine *machine);

/* The same where all that was written to RAM was told by ram_wrote: what has not changed stays translated. */
void machine_went_back(struct machine *machine);

/* Translations and stale code are no state. Whoever saves a machine in mid-run has it forget them (as if fences had been
 * executed), so that it goes on as one does that was loaded. */
void machine_forget_translations(struct machine *machine);

#endif
