/* SPDX-License-Identifier: MIT */
/* The machine's screens as windows, by SDL: one for each. Owns the windows and the thread that alone talks to SDL. Nothing that the
 * window system does, or fails to do, holds up the guest: if it goes away, one line says so and the machine goes on without
 * windows. */
#ifndef MICROVM_HOST_DISPLAY_DISPLAY_SDL_H
#define MICROVM_HOST_DISPLAY_DISPLAY_SDL_H

#include "host/display/display_options.h"
#include "host/display/viewer.h"

struct sdl_view;

/* Opens the windows. NULL: err says what is missing. */
struct sdl_view *sdl_view_open(const struct display_options *options, const struct viewer_parts *parts,
                               struct error *err);
/* Closes them. Accepts NULL. */
void sdl_view_close(struct sdl_view *view);

#endif
