/* SPDX-License-Identifier: MIT */
/* libvncserver as a table of its functions. Owns the handle. */
#ifndef MICROVM_HOST_DISPLAY_VNC_LIBRARY_H
#define MICROVM_HOST_DISPLAY_VNC_LIBRARY_H

#include <rfb/rfb.h>

#include "base/compiler.h"
#include "base/error.h"

/* vnc.GetScreen is rfbGetScreen. */
struct vnc_library {
    void *handle;
#define VNC_NEEDS(name) TYPE_OF(&rfb##name) name;
#include "host/display/vnc_server.def"
#undef VNC_NEEDS
};

/* False: err names the package that is missing. */
bool vnc_library_open(struct vnc_library *library, struct error *err);
void vnc_library_close(struct vnc_library *library);

#endif
