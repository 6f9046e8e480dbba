/* SPDX-License-Identifier: MIT */
/* What the files of host/display_vnc share: one who looks by VNC, and the server. */
#ifndef MICROVM_HOST_DISPLAY_DISPLAY_VNC_IMPL_H
#define MICROVM_HOST_DISPLAY_DISPLAY_VNC_IMPL_H

#include "host/display/display_vnc.h"
#include "host/display/vnc_library.h"
#include "host/unix_socket.h"

/* Keys that one viewer may hold at a time. */
#define VNC_HELD_MAX 16u
/* How long a viewer that has stopped in the midst of a message, or takes nothing, is waited for. */
#define VNC_PATIENCE_MS 5000

/* What one viewer's keyboard and pointer were like last. */
struct vnc_input {
    bool shifts[2]; /* left, right */
    struct vnc_held {
        uint32_t keysym; /* 0: none */
        uint16_t code;
    } held[VNC_HELD_MAX];
    int buttons;
};

enum vnc_place { VNC_FREE, VNC_TAKEN, VNC_LEFT }; /* left: its thread is to be joined */

/* A place for a viewer. Its members are its thread's, but for those that say otherwise. */
struct vnc_viewer {
    struct vnc_view *view;
    rfbScreenInfoPtr screen; /* libvncserver's: one for each, which nobody else waits for */
    rfbClientPtr client;
    struct viewer viewer;
    struct vnc_input input;
    int news_fd;          /* an eventfd: there is news, or the end */
    pthread_t thread;     /* the server's */
    enum vnc_place place; /* under the gate's lock */
    int fd;               /* the connection, for whoever ends it; under the gate's lock */
};

struct vnc_view {
    struct display_options options;
    struct viewer_gate gate; /* its lock is over the places, too; shut: all threads are to end */
    struct vnc_library vnc;
    struct unix_socket sock; /* fd alone for a port */
    char address[sizeof((struct display_options *)NULL)->path + 8];
    char password[16];
    char *passwords[2]; /* as libvncserver wants them */
    pthread_t thread;
    bool has_thread;
    int stop_fd;           /* readable once the server is to end */
    pthread_mutex_t greet; /* over what libvncserver does without a lock of its own: beginning with a viewer */
    struct vnc_viewer viewers[VNC_VIEWERS_MAX];
};

/* display_vnc_viewer.c: makes what a viewer needs, before there are any; False: out of memory. */
bool vnc_viewer_prepare(struct vnc_viewer *viewer);
void vnc_viewer_dispose(struct vnc_viewer *viewer);
/* The thread's work: serves the one who is connected at fd, until either end has enough of it. */
void vnc_viewer_serve(struct vnc_viewer *viewer, int fd);

/* display_vnc_input.c: libvncserver's hooks. */
void vnc_input_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client);
void vnc_input_pointer(int buttons, int x, int y, rfbClientPtr client);
int vnc_input_resize(int width, int height, int screens, struct rfbExtDesktopScreen *layout, rfbClientPtr client);
int vnc_input_leds(rfbScreenInfoPtr screen);

#endif
