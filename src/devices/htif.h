/* SPDX-License-Identifier: MIT */
/* The host-target interface of the public test suites: two 64-bit words in guest RAM, tohost and
 * fromhost, found by the ELF's symbols. The machine watches the pages that hold them and reports
 * each store with htif_wrote. */
#ifndef MICROVM_DEVICES_HTIF_H
#define MICROVM_DEVICES_HTIF_H

#include <stddef.h>

#include "base/error.h"
#include "bus/char_backend.h"
#include "bus/guest_mem.h"
#include "bus/state.h"

/* For an ELF without that symbol. */
#define HTIF_ABSENT UINT64_MAX

/* The guest's exit code: 0 passed. */
typedef void htif_exit_fn(void *owner, uint64_t code);

struct htif;

/* The symbols' values are physical addresses; their sizes do not matter. console takes what the
 * guest prints; exit is called from within htif_wrote. False/NULL with err: a word outside RAM, or
 * out of memory. */
struct htif *htif_create(const struct guest_mem *mem, uint64_t tohost, uint64_t fromhost,
                         const struct char_backend *console, htif_exit_fn *exit, void *owner, struct error *err);
void htif_destroy(struct htif *htif);
void htif_reset(struct htif *htif);
struct state_part htif_part(struct htif *htif);

/* After a store of size bytes at pa went to RAM. Stores to other addresses are ignored. A store
 * that covers tohost's lowest byte makes a command of all 64 bits that are in memory then. */
void htif_wrote(struct htif *htif, uint64_t pa, uint64_t size);

/* Console input that the guest asked for: bytes wanted now, and how many of count were taken. */
size_t htif_room(const struct htif *htif);
size_t htif_receive(struct htif *htif, const uint8_t *bytes, size_t count);

/* Writes [begin, end) as text, granularity (4, 8 or 16) bytes a line in hexadecimal, the byte at
 * the highest address first; the last line is filled up with zeros. */
bool htif_write_signature(const char *path, const struct guest_mem *mem, uint64_t begin, uint64_t end,
                          unsigned granularity, struct error *err);

#endif
