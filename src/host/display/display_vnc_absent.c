/* SPDX-License-Identifier: MIT */
/* In the place of display_vnc.c where libvncserver's header was not there to build with. */
#include "host/display/display_vnc.h"

#include <stddef.h>

struct vnc_view *vnc_view_open(const struct display_options *options, const struct viewer_parts *parts,
                               struct error *err)
{
    (void)options;
    (void)parts;
    error_set(err, "this program was built without VNC: Debian's package libvncserver-dev was missing");
    return NULL;
}

void vnc_view_close(struct vnc_view *view)
{
    (void)view;
}

const char *vnc_view_address(const struct vnc_view *view)
{
    (void)view;
    return "";
}
