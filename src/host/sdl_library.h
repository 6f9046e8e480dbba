/* SPDX-License-Identifier: MIT */
/* libSDL2 as tables of its functions, one table (a .def file) for each use. It is never unloaded: what it has loaded itself (drivers
 * of the graphics card) does not bear that. */
#ifndef MICROVM_HOST_SDL_LIBRARY_H
#define MICROVM_HOST_SDL_LIBRARY_H

#define SDL_MAIN_HANDLED /* main is ours */
#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>

#include "base/compiler.h"
#include "base/error.h"

/* For windows: sdl.CreateWindow is SDL_CreateWindow. */
struct sdl_video {
#define SDL_NEEDS(name) TYPE_OF(&SDL_##name) name;
#include "host/display/sdl_video.def"
#undef SDL_NEEDS
};

/* False: err names the package that is missing. */
bool sdl_library_open_video(struct sdl_video *video, struct error *err);

#endif
