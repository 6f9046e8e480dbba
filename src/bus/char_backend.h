/* SPDX-License-Identifier: MIT */
/* Where a serial device's output goes. Input is pushed the other way by the event loop when the device has room. */
#ifndef MICROVM_BUS_CHAR_BACKEND_H
#define MICROVM_BUS_CHAR_BACKEND_H

#include <stddef.h>
#include <stdint.h>

struct char_backend {
    void *owner;
    void (*write)(void *owner, const uint8_t *bytes, size_t count);
};

#endif
