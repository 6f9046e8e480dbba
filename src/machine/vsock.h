/* SPDX-License-Identifier: MIT */
/* A machine's VirtIO socket device and what is behind it on the host: --vsock. Owns both. */
#ifndef MICROVM_MACHINE_VSOCK_H
#define MICROVM_MACHINE_VSOCK_H

#include "machine/peripheral.h"

extern const struct peripheral_kind vsock_peripheral;

#endif
