/* SPDX-License-Identifier: MIT */
/* Where a serial device's output goes. Input is pushed the other way, by the event loop or when the device asks for it. */
#ifndef MICROVM_BUS_CHAR_BACKEND_H
#define MICROVM_BUS_CHAR_BACKEND_H

#include <stddef.h>
#include <stdint.h>

struct char_backend {
    void *owner;
    void (*write)(void *owner, const uint8_t *bytes, size_t count);
    /* The guest looks for input and there is none: push now what lies ready, if anything. NULL: the event loop is enough. */
    void (*wanted)(void *owner);
    /* The device has dropped the last `count` bytes it took before the guest looked at them: they come first next time. NULL:
     * they are lost. */
    void (*unread)(void *owner, const uint8_t *bytes, size_t count);
};

#endif
