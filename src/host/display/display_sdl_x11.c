/* SPDX-License-Identifier: MIT */
/* Xlib ends the process when the X server goes away, unless it is told otherwise. */
#include "host/display/display_sdl_impl.h"

#include <dlfcn.h>
#include <string.h>

/* libX11's; the last is there since 1.7. Display is opaque here. */
typedef int io_error_handler(Display *display);
typedef void io_error_exit_handler(Display *display, void *user);

struct x11 {
    void (*unlock_display)(Display *display);
    io_error_handler *(*set_io_error_handler)(io_error_handler *handler);
    void (*set_io_error_exit_handler)(Display *display, io_error_exit_handler *handler, void *user);
};

static bool find(struct x11 *x11)
{
    static const char *const names[] = {"XUnlockDisplay", "XSetIOErrorHandler", "XSetIOErrorExitHandler"};
    void *addresses[ARRAY_SIZE(names)];
    void *library = dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD); /* the one that SDL has loaded */
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        addresses[i] = library != NULL ? dlsym(library, names[i]) : NULL;
        if (addresses[i] == NULL)
            return false;
    }
    memcpy(x11, addresses, sizeof *x11);
    return true;
}

/* In the place of a line on standard error. */
static int stay_silent(Display *display)
{
    (void)display;
    return 0;
}

/* Xlib has locked the display against all but this thread. The waker may come here, too: it goes back, and the windows' thread
 * finds the connection broken, as well. */
static void leave_xlib(Display *display, void *user)
{
    struct sdl_view *v = user;
    struct x11 x11;
    if (find(&x11))
        x11.unlock_display(display);
    if (pthread_equal(pthread_self(), v->thread))
        longjmp(v->at_loss, 1);
}

void sdl_x11_survive(struct sdl_view *v)
{
    SDL_SysWMinfo info = {0};
    struct x11 x11;
    SDL_VERSION(&info.version);
    if (!v->sdl.GetWindowWMInfo(v->windows[0].window, &info) || info.subsystem != SDL_SYSWM_X11 || !find(&x11))
        return;
    x11.set_io_error_handler(stay_silent);
    x11.set_io_error_exit_handler(info.info.x11.display, leave_xlib, v);
}
