/* SPDX-License-Identifier: MIT */
/* Appending a record that lies in several places. Owns nothing. */
#ifndef MICROVM_HOST_WRITE_PARTS_H
#define MICROVM_HOST_WRITE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* Writes all of the parts where the descriptor stands, by one writev if the host takes them at once; they are used up. *done: the
 * bytes that were written. False: not all, as errno says. */
bool write_parts(int fd, struct iovec *parts, int count, size_t *done);

#endif
