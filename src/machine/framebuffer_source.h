/* SPDX-License-Identifier: MIT */
/* The framebuffer (machine/framebuffer.h) on its way to a display. Owns nothing. */
#ifndef MICROVM_MACHINE_FRAMEBUFFER_SOURCE_H
#define MICROVM_MACHINE_FRAMEBUFFER_SOURCE_H

#include "host/display/display.h"
#include "machine/framebuffer.h"

struct framebuffer_source {
    struct guest_mem mem;
    struct framebuffer_size size;
};

/* It must stay as long as the display has it. */
struct display_source framebuffer_source(struct framebuffer_source *source);

#endif
