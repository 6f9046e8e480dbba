/* SPDX-License-Identifier: MIT */
/* Zeros for images and servers that can be given nothing but bytes. */
#ifndef MICROVM_HOST_DISK_DISK_ZEROES_H
#define MICROVM_HOST_DISK_DISK_ZEROES_H

#include <stddef.h>
#include <stdint.h>

/* As a disk_format's write. */
typedef int disk_writer(void *state, const void *bytes, size_t count, uint64_t offset);

/* Writes them piece by piece, up to the first error, which it gives; 0: all are written. */
int disk_zeroes_write(disk_writer *write, void *state, uint64_t offset, uint64_t length);

#endif
