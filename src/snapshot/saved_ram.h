/* SPDX-License-Identifier: MIT */
/* Guest RAM in a snapshot: the section "ram". Pages of zeros are not stored, whether the guest has touched them or
 * not. */
#ifndef MICROVM_SNAPSHOT_SAVED_RAM_H
#define MICROVM_SNAPSHOT_SAVED_RAM_H

#include "machine/machine.h"
#include "mmu/ram.h"
#include "snapshot/container.h"

#define SAVED_RAM_VERSION 1

/* Compressed. */
bool saved_ram_save(const struct ram *ram, struct container_writer *writer, struct error *err);

/* As pages, with what a reset needs (`boot`, padded with zeros) behind RAM: neither is read before it is used. */
bool saved_ram_save_pages(const struct ram *ram, const uint8_t *boot, size_t boot_bytes,
                          struct container_writer *writer, struct error *err);

/* What RAM that is mapped needs as long as it is. */
struct saved_ram;

/* Fills, or maps, the RAM of a machine that has not run. A broken page of a mapped one ends the run when it is first
 * used. NULL:
 * err says why. */
struct saved_ram *saved_ram_load(struct container *container, struct machine *machine, struct error *err);
void saved_ram_destroy(struct saved_ram *saved); /* NULL is accepted */

#endif
