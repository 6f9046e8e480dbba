/* SPDX-License-Identifier: MIT */
#include "host/disk/nbd_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

/* The ABI that libnbd.h describes. */
#define FILE_NAME "libnbd.so.0"

#define SYMBOL(name)                                                                                                   \
    {                                                                                                                  \
        "nbd_" #name, offsetof(struct nbd_library, name)                                                               \
    }

static const struct symbol {
    const char *name;
    size_t offset; /* of the pointer in the table */
} symbols[] = {
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

static bool find(struct nbd_library *library, const struct symbol *symbol, struct error *err)
{
    void *address = dlsym(library->handle, symbol->name);
    memcpy((char *)library + symbol->offset, &address, sizeof address);
    return address != NULL ||
           error_set(err, "the library " FILE_NAME " has no %s: libnbd 1.12 or a later one is needed", symbol->name);
}

bool nbd_library_open(struct nbd_library *library, struct error *err)
{
    *library = (struct nbd_library){.handle = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL)};
    if (library->handle == NULL)
        return error_set(err,
                         "network block devices need the library " FILE_NAME ": install Debian's package libnbd0 (%s)",
                         dlerror());
    for (unsigned i = 0; i < ARRAY_SIZE(symbols); i++) {
        if (find(library, &symbols[i], err))
            continue;
        nbd_library_close(library);
        return false;
    }
    return true;
}

void nbd_library_close(struct nbd_library *library)
{
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}
