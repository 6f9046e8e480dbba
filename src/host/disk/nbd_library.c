/* SPDX-License-Identifier: MIT */
#include "host/disk/nbd_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/compiler.h"
#include "host/shared_library.h"

#define SYMBOL(name)                                                                                                   \
    {                                                                                                                  \
        "nbd_" #name, offsetof(struct nbd_library, name), false                                                        \
    }

static const struct shared_symbol symbols[] = {
    SYMBOL(create),
    SYMBOL(close),
    SYMBOL(get_error),
    SYMBOL(get_errno),
    SYMBOL(set_request_block_size),
    SYMBOL(set_uri_allow_local_file),
    SYMBOL(aio_connect_uri),
    SYMBOL(aio_disconnect),
    SYMBOL(aio_is_connecting),
    SYMBOL(aio_is_ready),
    SYMBOL(aio_is_dead),
    SYMBOL(aio_is_closed),
    SYMBOL(aio_command_completed),
    SYMBOL(poll),
    SYMBOL(get_size),
    SYMBOL(is_read_only),
    SYMBOL(can_flush),
    SYMBOL(can_fua),
    SYMBOL(can_trim),
    SYMBOL(can_zero),
    SYMBOL(aio_pread),
    SYMBOL(aio_pwrite),
    SYMBOL(aio_flush),
    SYMBOL(aio_trim),
    SYMBOL(aio_zero),
};

bool nbd_library_open(struct nbd_library *library, struct error *err)
{
    /* The ABI that libnbd.h describes. */
    static const struct shared_library wanted = {
        .file = "libnbd.so.0",
        .missing = "network block devices need the library libnbd.so.0: install Debian's package libnbd0",
        .version = "libnbd 1.12 or a later one",
        .symbols = symbols,
        .count = ARRAY_SIZE(symbols),
    };
    library->handle = shared_library_open(&wanted, library, err);
    return library->handle != NULL;
}

void nbd_library_close(struct nbd_library *library)
{
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}
