/* SPDX-License-Identifier: MIT */
/* What the files of host/display_sdl share: the windows' state. All of it but what is said to be otherwise belongs to the windows'
 * thread. */
#ifndef MICROVM_HOST_DISPLAY_DISPLAY_SDL_IMPL_H
#define MICROVM_HOST_DISPLAY_DISPLAY_SDL_IMPL_H

#include <linux/input-event-codes.h>
#include <setjmp.h>

#include "host/display/display_sdl.h"
#include "host/sdl_library.h"

/* As many screens as a machine may have. */
#define SDL_WINDOWS_MAX 4
/* How long the user must have left the window's size alone before the guest hears of it. */
#define SDL_RESIZE_QUIET_NS UINT64_C(300000000)

struct sdl_window {
    struct sdl_view *view;
    unsigned number; /* of the screen */
    struct viewer viewer;
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    SDL_Cursor *cursor; /* the guest's; NULL: it has not made one */
    uint32_t texture_width, texture_height;
    bool stale;                       /* what is shown is not what is to be shown */
    unsigned zoom_percent;            /* of the window's size, that its picture has */
    uint64_t resize_due_ns;           /* the guest hears of the window's size; VIEWER_NEVER: it knows */
    uint32_t told_width, told_height; /* what it heard last */
    uint32_t last_width, last_height; /* of the guest's picture, while it was on */
};

struct sdl_view {
    struct display_options options;
    struct viewer_gate gate; /* shut: the threads are to end */
    struct sdl_video sdl;
    struct sdl_window windows[SDL_WINDOWS_MAX];
    unsigned count;
    uint32_t wake_event; /* SDL's number of it */
    bool grabbed;
    pthread_t thread, waker;
    bool has_waker;   /* it is to be joined */
    int news_fd;      /* an eventfd: there is news for the thread, which the waker passes on */
    atomic_bool lost; /* the window system is gone: SDL may not be called any more */
    jmp_buf at_loss;  /* where the thread goes on then */
    /* The start's hand-over, under the gate's lock. */
    pthread_cond_t begun;
    bool has_begun, failed;
    struct error error;
};

/* display_sdl.c */
void sdl_view_end_machine(struct sdl_view *view);
void sdl_view_say(struct sdl_view *view, const char *line);

/* display_sdl_window.c */
bool sdl_window_open(struct sdl_window *window, struct error *err);
void sdl_window_close(struct sdl_window *window);
/* Draws if there is something new and it is time. */
void sdl_window_draw(struct sdl_window *window, uint64_t now_ns);
/* Everything is to be drawn anew; uploaded: what SDL had of it is lost, too. */
void sdl_window_refresh(struct sdl_window *window, bool uploaded);
void sdl_window_set_title(struct sdl_window *window);
void sdl_window_toggle_full_screen(struct sdl_window *window);
/* By a step: 1 larger, -1 smaller, 0 back to the picture's own size. */
void sdl_window_zoom(struct sdl_window *window, int step);
/* Where the picture is in the window. */
SDL_Rect sdl_window_place(const struct sdl_window *window);
/* The user has changed its size. */
void sdl_window_resized(struct sdl_window *window, uint64_t now_ns);
/* Tells the guest, if it is time. */
void sdl_window_tell_size(struct sdl_window *window, uint64_t now_ns);

/* display_sdl_input.c */
void sdl_input_handle(struct sdl_view *view, const SDL_Event *event);

/* display_sdl_x11.c: has the thread go on at at_loss if the X server goes away, where Xlib would end the process. */
void sdl_x11_survive(struct sdl_view *view);

#endif
