/* SPDX-License-Identifier: MIT */
/* Disks that a server has (network block devices): the format of names such as nbd://HOST:PORT/EXPORT. Owns the connection. A
 * connection that breaks is made again, and the request done again; but what was written and not flushed may be lost with it. Then
 * no flush succeeds any more. */
#ifndef MICROVM_HOST_DISK_DISK_NBD_H
#define MICROVM_HOST_DISK_DISK_NBD_H

#include "host/disk/disk.h"

extern const struct disk_format disk_nbd;

#endif
