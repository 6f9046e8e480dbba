/* SPDX-License-Identifier: MIT */
/* Two threads: one calls SDL; the other, the waker, passes news on to it, as what wakes SDL talks to the window system and may
 * have to wait for that. The machine's own thread writes to an eventfd, and never waits. */
#include "host/display/display_sdl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "host/display/display_sdl_impl.h"
#include "host/host_time.h"
#include "host/thread.h"

/* How long a window system that does not answer is waited for at the end. */
#define LAST_PATIENCE_SECONDS 2

void sdl_view_end_machine(struct sdl_view *v)
{
    if (!viewer_gate_enter(&v->gate))
        return;
    v->gate.parts.close(v->gate.parts.owner);
    viewer_gate_leave(&v->gate);
}

void sdl_view_say(struct sdl_view *v, const char *line)
{
    if (!viewer_gate_enter(&v->gate))
        return;
    v->gate.parts.say(v->gate.parts.owner, line);
    viewer_gate_leave(&v->gate);
}

static void wake(const struct sdl_view *v)
{
    eventfd_write(v->news_fd, 1); /* fails only when the counter is full, and then it is readable */
}

/* On the machine's thread. */
static void on_change(void *owner)
{
    struct sdl_window *w = owner;
    atomic_store(&w->viewer.has_news, true);
    wake(w->view);
}

static void *pass_news_on(void *argument)
{
    struct sdl_view *v = argument;
    eventfd_t count;
    while (eventfd_read(v->news_fd, &count) == 0 && !atomic_load(&v->lost)) {
        SDL_Event event = {.user = {.type = v->wake_event}};
        v->sdl.PushEvent(&event);
        if (atomic_load(&v->gate.shut))
            break;
    }
    return NULL;
}

static void detach(struct sdl_view *v)
{
    for (unsigned i = 0; i < v->count; i++) {
        display_detach(v->windows[i].viewer.attached);
        v->windows[i].viewer.attached = NULL;
    }
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0';
}

static bool has_window_system(struct error *err)
{
    return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("SDL_VIDEODRIVER") ||
           error_set(err, "there is no window system here (neither DISPLAY nor WAYLAND_DISPLAY is set); over ssh use "
                          "ssh -X, or --display vnc");
}

/* Where there is one window system alone, SDL need not try, and complain about, others. The user's own word counts more. */
static void choose_window_system(const struct sdl_view *v)
{
    bool x11 = is_set("DISPLAY"), wayland = is_set("WAYLAND_DISPLAY");
    if (x11 != wayland)
        v->sdl.SetHint(SDL_HINT_VIDEODRIVER, x11 ? "x11" : "wayland");
}

static void set_hints(const struct sdl_view *v)
{
    static const char *const hints[][2] = {
        {SDL_HINT_NO_SIGNAL_HANDLERS, "1"},
        {SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "0"},
        {SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1"},
        {SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0"},
        {SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1"},
        {SDL_HINT_GRAB_KEYBOARD, "1"},
        /* No OpenGL: its drivers bring threads and a hundred megabytes, and do not survive the loss of the window system. */
        {SDL_HINT_RENDER_DRIVER, "software"},
        {SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(hints); i++)
        v->sdl.SetHint(hints[i][0], hints[i][1]);
}

static bool begin(struct sdl_view *v, struct error *err)
{
    set_hints(v);
    choose_window_system(v);
    if (v->sdl.InitSubSystem(SDL_INIT_VIDEO) != 0)
        return error_set(err, "no window can be opened (SDL says: %s); over ssh use ssh -X, or --display vnc",
                         v->sdl.GetError());
    for (unsigned i = 0; i < v->count; i++)
        if (!sdl_window_open(&v->windows[i], err))
            return false;
    v->sdl.StopTextInput(); /* keys are wanted, not what an input method makes of them */
    v->has_waker = thread_start(&v->waker, pass_news_on, v, err);
    return v->has_waker;
}

static void end(struct sdl_view *v)
{
    for (unsigned i = 0; i < v->count; i++)
        sdl_window_close(&v->windows[i]);
    v->sdl.QuitSubSystem(SDL_INIT_VIDEO);
}

static void say_begun(struct sdl_view *v, bool ok)
{
    pthread_mutex_lock(&v->gate.lock);
    v->has_begun = true;
    v->failed = !ok;
    pthread_cond_signal(&v->begun);
    pthread_mutex_unlock(&v->gate.lock);
}

/* Milliseconds until something is due; -1: only an event is. */
static int patience(const struct sdl_view *v, uint64_t now)
{
    uint64_t due = VIEWER_NEVER;
    for (unsigned i = 0; i < v->count; i++) {
        const struct sdl_window *w = &v->windows[i];
        if ((w->stale || atomic_load(&w->viewer.has_news)) && w->viewer.frame_due_ns < due)
            due = w->viewer.frame_due_ns;
        if (w->resize_due_ns < due)
            due = w->resize_due_ns;
    }
    return viewer_patience(due, now);
}

static void serve(struct sdl_view *v)
{
    while (!atomic_load(&v->gate.shut)) {
        SDL_Event event;
        if (v->sdl.WaitEventTimeout(&event, patience(v, host_now_ns())) != 0) {
            do
                sdl_input_handle(v, &event);
            while (v->sdl.PollEvent(&event) != 0);
        }
        uint64_t now = host_now_ns();
        for (unsigned i = 0; i < v->count; i++) {
            sdl_window_draw(&v->windows[i], now);
            sdl_window_tell_size(&v->windows[i], now);
        }
    }
}

/* On the windows' thread, which Xlib has been taken out of. What SDL has is left as it is: it cannot be called any more. */
static void lose(struct sdl_view *v)
{
    atomic_store(&v->lost, true);
    viewer_gate_release_all(&v->gate);
    sdl_view_say(v, "the window system has gone, and the windows with it; the machine goes on without them");
    if (!viewer_gate_enter(&v->gate))
        return;
    detach(v);
    viewer_gate_leave(&v->gate);
}

static void *run(void *argument)
{
    struct sdl_view *v = argument;
    bool ok = begin(v, &v->error);
    say_begun(v, ok);
    if (ok) {
        if (setjmp(v->at_loss) != 0) {
            lose(v);
            return NULL; /* whoever closes waits for the waker */
        }
        sdl_x11_survive(v);
        serve(v);
        pthread_join(v->waker, NULL);
        v->has_waker = false;
    }
    end(v);
    return NULL;
}

/* False: the thread has ended already. */
static bool wait_for_start(struct sdl_view *v, struct error *err)
{
    pthread_mutex_lock(&v->gate.lock);
    while (!v->has_begun)
        pthread_cond_wait(&v->begun, &v->gate.lock);
    bool failed = v->failed;
    pthread_mutex_unlock(&v->gate.lock);
    if (!failed)
        return true;
    *err = v->error;
    pthread_join(v->thread, NULL);
    return false;
}

static void destroy(struct sdl_view *v)
{
    for (unsigned i = 0; i < v->count; i++)
        viewer_dispose(&v->windows[i].viewer);
    if (v->news_fd >= 0)
        close(v->news_fd);
    pthread_cond_destroy(&v->begun);
    viewer_gate_destroy(&v->gate);
    free(v);
}

static bool attach(struct sdl_view *v, struct error *err)
{
    for (unsigned i = 0; i < v->count; i++) {
        struct sdl_window *w = &v->windows[i];
        w->view = v;
        w->number = i;
        w->zoom_percent = v->options.scale != 0 ? 100 * v->options.scale : 100;
        w->resize_due_ns = VIEWER_NEVER;
        w->stale = true;
        atomic_init(&w->viewer.has_news, true);
        if (viewer_prepare(&w->viewer, &v->gate))
            w->viewer.attached = display_attach(v->gate.parts.displays[i], on_change, w);
        if (w->viewer.attached == NULL)
            return error_set(err, "out of memory for a window");
    }
    return true;
}

struct sdl_view *sdl_view_open(const struct display_options *options, const struct viewer_parts *parts,
                               struct error *err)
{
    struct sdl_view *v = calloc(1, sizeof *v);
    if (v == NULL) {
        error_set(err, "out of memory for the windows");
        return NULL;
    }
    v->options = *options;
    viewer_gate_init(&v->gate, parts);
    v->count = parts->count < SDL_WINDOWS_MAX ? parts->count : SDL_WINDOWS_MAX;
    v->wake_event = SDL_USEREVENT;
    pthread_cond_init(&v->begun, NULL);
    v->news_fd = eventfd(0, EFD_CLOEXEC);
    if (v->news_fd < 0) {
        error_set(err, "no descriptor for the windows' thread");
        goto fail;
    }
    if (has_window_system(err) && sdl_library_open_video(&v->sdl, err) && attach(v, err) &&
        thread_start(&v->thread, run, v, err) && wait_for_start(v, err))
        return v;
fail:
    detach(v);
    destroy(v);
    return NULL;
}

/* True: the thread has ended. */
static bool join_soon(pthread_t thread)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LAST_PATIENCE_SECONDS;
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

void sdl_view_close(struct sdl_view *v)
{
    if (v == NULL)
        return;
    pthread_mutex_lock(&v->gate.lock);
    atomic_store(&v->gate.shut, true);
    detach(v);
    pthread_mutex_unlock(&v->gate.lock);
    wake(v);
    /* A thread that hangs in a window system that is stuck keeps what it needs, which the process's end takes from it. */
    if (join_soon(v->thread) && (!v->has_waker || join_soon(v->waker)))
        destroy(v);
}
