/* SPDX-License-Identifier: MIT */
#include "host/display/vnc_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "host/shared_library.h"

static const struct shared_symbol symbols[] = {
#define VNC_NEEDS(name) {"rfb" #name, offsetof(struct vnc_library, name), false},
#include "host/display/vnc_server.def"
#undef VNC_NEEDS
};

bool vnc_library_open(struct vnc_library *library, struct error *err)
{
    /* The ABI that rfb/rfb.h describes. */
    static const struct shared_library wanted = {
        .file = "libvncserver.so.1",
        .missing = "VNC needs the library libvncserver.so.1: install Debian's package libvncserver1",
        .symbols = symbols,
        .count = ARRAY_SIZE(symbols),
    };
    library->handle = shared_library_open(&wanted, library, err);
    return library->handle != NULL;
}

void vnc_library_close(struct vnc_library *library)
{
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}
