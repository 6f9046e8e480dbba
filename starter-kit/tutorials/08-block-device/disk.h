/* SPDX-License-Identifier: MIT */
/* The disk: VirtIO's block device. It is read and written by sectors. */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stdint.h>

enum { SECTOR_BYTES = 512 };

/* Finds the disk and makes it ready; false: there is none, or none that we can drive. */
bool disk_init(void);

/* How many sectors it has. */
uint64_t disk_sectors(void);

/* One sector; false: the disk could not. */
bool disk_read(uint64_t sector, void *bytes);
bool disk_write(uint64_t sector, const void *bytes);

/* Its number at the PLIC, and what is to be done when it interrupts. */
unsigned disk_source(void);
void disk_interrupt(void);

#endif
