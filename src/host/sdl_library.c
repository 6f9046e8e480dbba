/* SPDX-License-Identifier: MIT */
#include "host/sdl_library.h"

#include <stddef.h>

#include "host/shared_library.h"

static const struct shared_symbol video_symbols[] = {
#define SDL_NEEDS(name) {"SDL_" #name, offsetof(struct sdl_video, name), false},
#include "host/display/sdl_video.def"
#undef SDL_NEEDS
};

bool sdl_library_open_video(struct sdl_video *video, struct error *err)
{
    /* The ABI that SDL.h describes. */
    static const struct shared_library wanted = {
        .file = "libSDL2-2.0.so.0",
        .missing = "a window needs the library libSDL2-2.0.so.0: install Debian's package libsdl2-2.0-0",
        .symbols = video_symbols,
        .count = ARRAY_SIZE(video_symbols),
    };
    return shared_library_open(&wanted, video, err) != NULL;
}
