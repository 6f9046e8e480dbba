/* SPDX-License-Identifier: MIT */
/* A host that has all of a file in memory: disk_calls' read_at_hand, whatever the file system can do. */
#ifndef MICROVM_TESTS_UNIT_HOST_READ_IN_MEMORY_H
#define MICROVM_TESTS_UNIT_HOST_READ_IN_MEMORY_H

#include <unistd.h>

static inline ssize_t read_in_memory(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)owner;
    return pread(fd, bytes, count, offset);
}

#endif
