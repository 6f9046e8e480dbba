/* SPDX-License-Identifier: MIT */
/* What a reset of the guest needs of its start: the numbers of the plan and the bytes that boot_load writes, so that a machine
 * that was loaded from a snapshot can be reset where the files of its start are not. Symbols stay behind. */
#ifndef MICROVM_MACHINE_BOOT_SAVED_H
#define MICROVM_MACHINE_BOOT_SAVED_H

#include "bus/state.h"
#include "cpu/ext.h"
#include "machine/boot.h"

/* The plan's numbers, which come first. Each piece that follows: what it is of (4 bytes; 0 firmware, 1 kernel, 2 device tree,
 * 3 initrd), 4 bytes 0, its physical address, its bytes in RAM and its bytes here (8 bytes each), and these; the rest of it in
 * RAM is zeros. */
extern const struct state_table boot_plan_saved;

size_t boot_plan_bytes(const struct boot_plan *plan);

/* Writes boot_plan_bytes. False: the initrd's file is not what it was. */
bool boot_plan_save(const struct boot_plan *plan, uint8_t *bytes, struct error *err);

/* For who checks bytes before they are read: where the head of the piece behind `at` begins, of which BOOT_PIECE_HEAD_BYTES are
 * looked at by boot_plan_load; at 0: of the first. count: there is none. All heads before it must have been checked. */
#define BOOT_PIECE_HEAD_BYTES 32
size_t boot_plan_next_head(const uint8_t *bytes, size_t count, size_t at);

/* Where the machine's RAM is, and what its harts can do. */
struct boot_target {
    uint64_t ram_base, ram_size;
    const struct ext_set *ext;
};

/* Makes a plan of what boot_plan_save wrote, as if it came from an enemy. bytes must outlive the plan. False: they are no
 * plan, or not for such a machine; the plan is empty then. */
bool boot_plan_load(struct boot_plan *plan, const uint8_t *bytes, size_t count, const struct boot_target *target,
                    struct error *err);

#endif
