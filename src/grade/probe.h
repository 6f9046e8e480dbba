/* SPDX-License-Identifier: MIT */
/* What a judge asks of a machine, within its console calls and after the run: guest time, symbols, memory, registers, pixels.
 * Changes nothing, and no device is asked. */
#ifndef MICROVM_GRADE_PROBE_H
#define MICROVM_GRADE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/machine.h"

/* A moment of a run. */
struct probe_time {
    uint64_t steps;
    uint64_t ns; /* guest time */
};

struct probe_time probe_now(struct machine *machine);

/* The physical address of a symbol of the kernel, or of the firmware; false: there is none of that name. */
bool probe_symbol(struct machine *machine, const char *name, uint64_t *gpa);

/* Copies guest RAM; false: some of the bytes are not RAM. */
bool probe_memory(struct machine *machine, uint64_t gpa, void *bytes, uint64_t length);

/* True if some hart could have a register of that name: x0 to x31, f0 to f31, their ABI names, pc, or a CSR. */
bool probe_register_exists(const char *name);

/* False: no such hart, or no such register. */
bool probe_register(struct machine *machine, unsigned hart, const char *name, uint64_t *value);

/* A pixel of the first screen, 0xRRGGBB. */
enum probe_pixel { PROBE_PIXEL_THERE, PROBE_NO_SCREEN, PROBE_NO_PIXEL };
enum probe_pixel probe_pixel(struct machine *machine, uint32_t x, uint32_t y, uint32_t *colour);

/* True if no hart will ever do anything again, on purpose: each is stopped, waits with no interrupt enabled, or jumps to itself
 * with interrupts off. It is how many a small kernel ends. */
bool probe_has_ended(struct machine *machine);

#endif
