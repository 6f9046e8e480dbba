/* SPDX-License-Identifier: MIT */
/* The text of --display: how the machine's screens are shown. Owns nothing. */
#ifndef MICROVM_HOST_DISPLAY_DISPLAY_OPTIONS_H
#define MICROVM_HOST_DISPLAY_DISPLAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum display_kind { DISPLAY_NONE, DISPLAY_SDL, DISPLAY_VNC };

/* The greatest N of scale=N. */
#define DISPLAY_SCALE_MAX 16u

struct display_options {
    enum display_kind kind;
    bool full_screen;
    unsigned scale;      /* pixels of the window for each of the guest's; 0: as the window has it */
    bool has_port;       /* else the first free one from VNC_PORT */
    uint16_t port;       /* of 127.0.0.1 */
    char path[4096];     /* of a Unix socket; empty: a port */
    char password[4096]; /* the file that it is in; empty: none is asked for */
};

/* Parses "none", "sdl[,full-screen][,scale=N|fit]" or "vnc[=PORT|unix:PATH][,password-file=FILE]"; a comma in a name is written
 * twice. False: err says what is wrong; what this program was built without is not known. */
bool display_options_parse(const char *text, struct display_options *options, struct error *err);

#endif
