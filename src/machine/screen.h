/* SPDX-License-Identifier: MIT */
/* The machine's screens: a display each, and the graphics card that draws on them. Screen 0 may besides show a source of the
 * machine's own (a linear framebuffer) for as long as the card's driver shows nothing there. */
#ifndef MICROVM_MACHINE_SCREEN_H
#define MICROVM_MACHINE_SCREEN_H

#include "host/display/display.h"
#include "machine/peripheral.h"
#include "virtio/gpu.h"

extern const struct peripheral_kind screen_peripheral;

struct screen;

/* Whether a machine of this configuration has screens, and whether a graphics card. */
bool screen_wanted(const struct machine_config *config);
bool screen_gpu_wanted(const struct machine_config *config);

/* NULL: the machine has none. */
struct screen *screen_of(const struct peripherals *peripherals);

/* Their number, at least 1. */
unsigned screen_count(const struct screen *screen);
struct display *screen_display(const struct screen *screen, unsigned number);
struct virtio_gpu *screen_gpu(const struct screen *screen); /* NULL: there is no card */

/* Draws for viewers what changes, and all for one who comes: for machine_add_source, so that it does while the machine is paused, too. */
const struct event_source *screen_viewing(const struct screen *screen);

/* The user wants a screen to have another size: its driver is told. A screen that is not there is ignored. Part of what a journal
 * has: called from where its events are. */
void screen_resize(struct screen *screen, unsigned number, uint32_t width, uint32_t height);

/* What screen 0 shows while no driver of a card does; copied. NULL: nothing. */
void screen_set_source(struct screen *screen, const struct display_source *source);

/* Has the picture of a screen, which may be NULL, or its number wrong, brought up to now: its display, or NULL: err says what there is. */
struct display *screen_now(struct screen *screen, unsigned number, struct error *err);

#endif
