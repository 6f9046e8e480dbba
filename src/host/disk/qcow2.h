/* SPDX-License-Identifier: MIT */
/* qcow2 images, versions 2 and 3, with their chains of backing files. The layout is that of QEMU's docs/interop/qcow2; the
 * parts are described in host/qcow2_impl.h. */
#ifndef MICROVM_HOST_DISK_QCOW2_H
#define MICROVM_HOST_DISK_QCOW2_H

#include "host/disk/disk_format.h"

extern const struct disk_format disk_qcow2;

#endif
