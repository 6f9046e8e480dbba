/* SPDX-License-Identifier: MIT */
/* A connection to a server of network block devices: one request at a time, each to its end. Owns the connection; it is closed
 * as soon as it fails, or the server says nothing for too long. */
#ifndef MICROVM_HOST_DISK_NBD_LINK_H
#define MICROVM_HOST_DISK_NBD_LINK_H

#include "host/disk/nbd_library.h"

struct nbd_link {
    const struct nbd_library *library;
    struct nbd_handle *handle; /* NULL: there is no connection */
};

/* What the server has. */
struct nbd_export {
    uint64_t size_bytes;
    bool read_only, can_flush, can_fua, can_trim, can_zero;
};

enum nbd_verb { NBD_READ, NBD_WRITE, NBD_WRITE_STABLE, NBD_FLUSH, NBD_TRIM, NBD_ZERO, NBD_ZERO_KEPT /* and no hole */ };

struct nbd_command {
    enum nbd_verb verb;
    void *bytes; /* of NBD_READ, and, unchanged, of the writes */
    uint64_t count, offset;
};

/* False: no connection within ten seconds. */
bool nbd_link_open(struct nbd_link *link, const char *uri, struct nbd_export *export, struct error *err);

/* errno, 0: done. If there is no connection behind it, that is why it failed, and nobody knows whether it was done. */
int nbd_link_run(struct nbd_link *link, const struct nbd_command *command);

void nbd_link_close(struct nbd_link *link);

#endif
