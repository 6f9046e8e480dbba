/* SPDX-License-Identifier: MIT */
#include "host/slirp_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

/* The ABI that slirp/libslirp.h describes. */
#define FILE_NAME "libslirp.so.0"

struct symbol {
    const char *name;
    size_t offset; /* of the pointer in the table */
    bool optional;
};

static const struct symbol symbols[] = {
    {"slirp_new", offsetof(struct slirp_library, new), false},
    {"slirp_cleanup", offsetof(struct slirp_library, cleanup), false},
    {"slirp_pollfds_fill", offsetof(struct slirp_library, pollfds_fill), false},
    {"slirp_pollfds_poll", offsetof(struct slirp_library, pollfds_poll), false},
    {"slirp_input", offsetof(struct slirp_library, input), false},
    {"slirp_add_hostfwd", offsetof(struct slirp_library, add_hostfwd), false},
    {"g_log_set_default_handler", offsetof(struct slirp_library, set_log_handler), true},
};

static bool find(struct slirp_library *library, const struct symbol *symbol, struct error *err)
{
    void *address = dlsym(library->handle, symbol->name);
    memcpy((char *)library + symbol->offset, &address, sizeof address);
    return address != NULL || symbol->optional ||
           error_set(err, "the user network's library " FILE_NAME " has no %s: another version is needed",
                     symbol->name);
}

bool slirp_library_open(struct slirp_library *library, struct error *err)
{
    *library = (struct slirp_library){.handle = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL)};
    if (library->handle == NULL)
        return error_set(err,
                         "the user network needs the library " FILE_NAME ": install Debian's package libslirp0 (%s)",
                         dlerror());
    for (unsigned i = 0; i < ARRAY_SIZE(symbols); i++) {
        if (find(library, &symbols[i], err))
            continue;
        slirp_library_close(library);
        return false;
    }
    return true;
}

void slirp_library_close(struct slirp_library *library)
{
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}
