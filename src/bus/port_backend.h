/* SPDX-License-Identifier: MIT */
/* What stands behind a port of the VirtIO console: a byte stream in both directions with somebody at its end, or nobody.
 * Nothing here blocks; what there is no room for stays with the caller. */
#ifndef MICROVM_BUS_PORT_BACKEND_H
#define MICROVM_BUS_PORT_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_backend {
    void *owner;

    /* Bytes that write takes now, and takes the first bytes, as many as there is room for. */
    size_t (*room)(void *owner);
    size_t (*write)(void *owner, const uint8_t *bytes, size_t count);

    /* Bytes that have arrived, and gives at most size of them. */
    size_t (*waiting)(void *owner);
    size_t (*read)(void *owner, uint8_t *bytes, size_t size);

    /* True while somebody is at the other end, or was and has left bytes behind that are still to be read. */
    bool (*is_connected)(void *owner);

    /* The guest opened the port, or closed it. */
    void (*set_open)(void *owner, bool open);
};

#endif
