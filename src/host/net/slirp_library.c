/* SPDX-License-Identifier: MIT */
#include "host/net/slirp_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/compiler.h"
#include "host/shared_library.h"

static const struct shared_symbol symbols[] = {
    {"slirp_new", offsetof(struct slirp_library, new), false},
    {"slirp_cleanup", offsetof(struct slirp_library, cleanup), false},
    {"slirp_pollfds_fill", offsetof(struct slirp_library, pollfds_fill), false},
    {"slirp_pollfds_poll", offsetof(struct slirp_library, pollfds_poll), false},
    {"slirp_input", offsetof(struct slirp_library, input), false},
    {"slirp_add_hostfwd", offsetof(struct slirp_library, add_hostfwd), false},
    {"slirp_add_hostxfwd", offsetof(struct slirp_library, add_hostxfwd), true},
    {"slirp_add_exec", offsetof(struct slirp_library, add_exec), true},
    {"slirp_add_unix", offsetof(struct slirp_library, add_unix), true},
    {"g_log_set_default_handler", offsetof(struct slirp_library, set_log_handler), true},
};

bool slirp_library_open(struct slirp_library *library, struct error *err)
{
    /* The ABI that slirp/libslirp.h describes. */
    static const struct shared_library wanted = {
        .file = "libslirp.so.0",
        .missing = "the user network needs the library libslirp.so.0: install Debian's package libslirp0",
        .symbols = symbols,
        .count = ARRAY_SIZE(symbols),
    };
    library->handle = shared_library_open(&wanted, library, err);
    return library->handle != NULL;
}

void slirp_library_close(struct slirp_library *library)
{
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}
