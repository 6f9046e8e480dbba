/* SPDX-License-Identifier: MIT */
/* In the place of display_sdl.c where SDL's header was not there to build with. */
#include "host/display/display_sdl.h"

#include <stddef.h>

struct sdl_view *sdl_view_open(const struct display_options *options, const struct viewer_parts *parts,
                               struct error *err)
{
    (void)options;
    (void)parts;
    error_set(err, "this program was built without windows: Debian's package libsdl2-dev was missing");
    return NULL;
}

void sdl_view_close(struct sdl_view *view)
{
    (void)view;
}
