/* SPDX-License-Identifier: MIT */
/* The machine's screen for VNC viewers, by libvncserver: on a port of 127.0.0.1, or on a Unix socket of mode 0600. Owns the socket, and
 * a thread with a picture of its own for each viewer, so that one that is slow holds up neither the guest nor the others. */
#ifndef MICROVM_HOST_DISPLAY_DISPLAY_VNC_H
#define MICROVM_HOST_DISPLAY_DISPLAY_VNC_H

#include "host/display/display_options.h"
#include "host/display/viewer.h"

/* The first port that is tried if none is named, and how many are. */
#define VNC_PORT 5900u
#define VNC_PORTS 100u
/* Viewers at a time; another is sent away. */
#define VNC_VIEWERS_MAX 8u

struct vnc_view;

/* Shows the first screen. NULL: err says why. */
struct vnc_view *vnc_view_open(const struct display_options *options, const struct viewer_parts *parts,
                               struct error *err);
/* Sends the viewers away. Accepts NULL. */
void vnc_view_close(struct vnc_view *view);

/* "127.0.0.1:PORT" or "unix:PATH". */
const char *vnc_view_address(const struct vnc_view *view);

#endif
