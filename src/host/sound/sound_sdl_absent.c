/* SPDX-License-Identifier: MIT */
/* In the place of sound_sdl.c where SDL's header was not there to build with. */
#include "host/sound/sound_options.h"

bool sound_sdl_create(const struct sound_message *message, struct sound_host *host, struct error *err)
{
    (void)message;
    (void)host;
    return error_set(err,
                     "this program was built without the sound of the host: Debian's package libsdl2-dev was missing");
}
