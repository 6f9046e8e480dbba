/* SPDX-License-Identifier: MIT */
/* libnbd, the client of network block devices, as a table of its functions: it is loaded only if a machine has such a disk, so
 * that others neither start later nor need it. Owns the handle. */
#ifndef MICROVM_HOST_DISK_NBD_LIBRARY_H
#define MICROVM_HOST_DISK_NBD_LIBRARY_H

#include <libnbd.h>

#include "base/error.h"

struct nbd_library {
    void *handle;
    struct nbd_handle *(*create)(void);
    void (*close)(struct nbd_handle *h);
    const char *(*get_error)(void);
    int (*get_errno)(void);
    int (*set_request_block_size)(struct nbd_handle *h, bool request);
    int (*set_uri_allow_local_file)(struct nbd_handle *h, bool allow);
    int (*aio_connect_uri)(struct nbd_handle *h, const char *uri);
    int (*aio_disconnect)(struct nbd_handle *h, uint32_t flags);
    int (*aio_is_connecting)(struct nbd_handle *h);
    int (*aio_is_ready)(struct nbd_handle *h);
    int (*aio_is_dead)(struct nbd_handle *h);
    int (*aio_is_closed)(struct nbd_handle *h);
    int (*aio_command_completed)(struct nbd_handle *h, uint64_t cookie);
    int (*poll)(struct nbd_handle *h, int timeout);
    int64_t (*get_size)(struct nbd_handle *h);
    int (*is_read_only)(struct nbd_handle *h);
    int (*can_flush)(struct nbd_handle *h);
    int (*can_fua)(struct nbd_handle *h);
    int (*can_trim)(struct nbd_handle *h);
    int (*can_zero)(struct nbd_handle *h);
    int64_t (*aio_pread)(struct nbd_handle *h, void *bytes, size_t count, uint64_t offset,
                         nbd_completion_callback completion, uint32_t flags);
    int64_t (*aio_pwrite)(struct nbd_handle *h, const void *bytes, size_t count, uint64_t offset,
                          nbd_completion_callback completion, uint32_t flags);
    int64_t (*aio_flush)(struct nbd_handle *h, nbd_completion_callback completion, uint32_t flags);
    int64_t (*aio_trim)(struct nbd_handle *h, uint64_t count, uint64_t offset, nbd_completion_callback completion,
                        uint32_t flags);
    int64_t (*aio_zero)(struct nbd_handle *h, uint64_t count, uint64_t offset, nbd_completion_callback completion,
                        uint32_t flags);
};

/* False: err names the package that is missing. */
bool nbd_library_open(struct nbd_library *library, struct error *err);
void nbd_library_close(struct nbd_library *library);

#endif
